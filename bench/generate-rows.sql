-- The table of the benchmarks: customers with 20 columns of every common type, names and addresses in several scripts, NULLs, quotes and line breaks.
COPY (
WITH words AS (SELECT
  ['Emma','Liam','Zoë','José','François','Мария','Łukasz','Søren','花子','Mehmet','Aoife','Priya','Olivia','Noah','Ava','Chloé','Jürgen','Nguyễn','Siobhán','Ángel'] AS first_names,
  ['Smith','Müller','García','O''Brien','Иванов','Kowalski','Øster','山田','Yılmaz','Nair','Johnson','Brown','D''Angelo','van der Berg','Lefèvre','Nguyen','Silva','Rossi','Novák','Papadopoulos'] AS last_names,
  ['Main St','High Street','Rue de la Paix','Königsallee','Calle Mayor','ул. Ленина','Oak Avenue','Strada Nuova','Nørregade','桜通り'] AS streets,
  ['London','Paris','München','Madrid','Москва','Kraków','København','東京','İstanbul','Dublin','New York','São Paulo','Zürich','Roma','Praha'] AS cities,
  ['GB','FR','DE','ES','RU','PL','DK','JP','TR','IE','US','BR','CH','IT','CZ'] AS countries,
  ['gmail.com','example.org','firma.de','corp.example.co.uk'] AS hosts),
numbers AS (SELECT i, hash(i * 7919 + 13) AS a, hash(i * 104729 + 7) AS b, hash(i * 1299709 + 3) AS c FROM range(${rows}) AS range_of(i))
SELECT
  i::BIGINT + 1 AS id,
  md5(i::VARCHAR)::UUID AS uuid,
  'C-' || lpad((i * 37 % 1000000007)::VARCHAR, 10, '0') AS external_id,
  first_names[1 + (a % 20)::INT] AS first_name,
  last_names[1 + (b % 20)::INT] AS last_name,
  'user' || (i + 1) || '.' || (a % 1000) || '@' || hosts[1 + (c % 4)::INT] AS email,
  CASE WHEN b % 10 = 0 THEN NULL ELSE '+' || (1 + c % 90) || lpad((a % 10000000000)::VARCHAR, 10, '0') END AS phone,
  (1 + a % 999) || ' ' || streets[1 + (c % 10)::INT] || CASE WHEN b % 7 = 0 THEN ', Apt ' || (b % 99) ELSE '' END AS street,
  cities[1 + (c % 15)::INT] AS city,
  lpad((b % 100000)::VARCHAR, 5, '0') AS postal_code,
  countries[1 + (c % 15)::INT] AS country,
  CASE WHEN c % 20 = 0 THEN NULL ELSE DATE '1940-01-01' + (a % 25000)::INT END AS birth_date,
  TIMESTAMP '2015-01-01' + to_seconds((b % 300000000)::BIGINT) AS created_at,
  TIMESTAMPTZ '2024-01-01 00:00:00+00' + to_microseconds((c % 50000000000000)::BIGINT) AS updated_at,
  ((a % 100000000)::DECIMAL(18, 0) / 100)::DECIMAL(12, 2) AS lifetime_value,
  (b % 500)::INTEGER AS order_count,
  CASE WHEN a % 5 = 0 THEN NULL ELSE (b % 1000000) / 1000000.0::DOUBLE END AS score,
  c % 3 <> 0 AS is_active,
  CASE WHEN a % 4 = 0 THEN NULL ELSE b % 2 = 0 END AS marketing_opt_in,
  CASE
    WHEN c % 3 = 0 THEN NULL
    WHEN c % 50 = 1 THEN 'Said "hello", then' || chr(10) || 'left; next line'
    WHEN c % 11 = 0 THEN ''
    ELSE 'Préférences: email; note #' || (b % 100000)
  END AS notes
FROM numbers, words
) TO '${output}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)
