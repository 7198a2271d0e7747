/**
 * The SQL that makes the demo's shop: the same rows every time. Names and addresses come in several scripts, and some values are of the
 * kind that breaks feeds: quotes, delimiters, line ends, leading zeros, numbers beyond 2^53, empty texts beside NULLs.
 */

export const customerRows = 100_000
export const orderRows = 600_000

/** One row per country: names and addresses as they are written there. */
const places = `
  SELECT unnest([
    {country: 'GB', first: ['Emma','Oliver','Aoife','Zoë'], last: ['Smith','O''Brien','Johnson-Hale','D''Angelo'], street: ['High Street','Oak Avenue'], city: ['London','Leeds']},
    {country: 'US', first: ['William "Bill"','Ava','Noah','Mia'], last: ['Johnson','O''Neil','Garcia, Jr.','van der Berg'], street: ['Main St','5th Ave; Suite'], city: ['New York','St. Paul']},
    {country: 'DE', first: ['Jürgen','Anneliese','Søren','Mehmet'], last: ['Müller','Weiß','Yılmaz','Groß'], street: ['Königsallee','Straße des 17. Juni'], city: ['München','Köln']},
    {country: 'FR', first: ['François','Chloé','Zoé','Noël'], last: ['Lefèvre','D''Alembert','Nguyễn','Œuvrard'], street: ['Rue de l''Église','Rue de la Paix'], city: ['Paris','Saint-Étienne']},
    {country: 'BR', first: ['José','Ângela','João','Conceição'], last: ['da Silva','Gonçalves','Antônio','Araújo'], street: ['Avenida Paulista','Rua Augusta'], city: ['São Paulo','Brasília']},
    {country: 'PL', first: ['Łukasz','Żaneta','Michał','Śnieżka'], last: ['Kowalski','Wójcik','Dąbrowska','Źrebiec'], street: ['ul. Długa','Aleje Jerozolimskie'], city: ['Kraków','Łódź']},
    {country: 'GR', first: ['Γιώργος','Ελένη','Μαρία','Νίκος'], last: ['Παπαδόπουλος','Οικονόμου','Γεωργίου','Βλάχος'], street: ['Οδός Ερμού','Λεωφόρος Συγγρού'], city: ['Αθήνα','Πάτρα']},
    {country: 'UA', first: ['Олена','Тарас','Іван','Ганна'], last: ['Шевченко','Коваленко','Бондар','Ткач'], street: ['вул. Хрещатик','проспект Миру'], city: ['Київ','Львів']},
    {country: 'JP', first: ['花子','太郎','さくら','蓮'], last: ['山田','佐藤','鈴木','高橋'], street: ['桜通り','中央区銀座'], city: ['東京','大阪']},
    {country: 'KR', first: ['지우','민준','서연','하준'], last: ['김','이','박','최'], street: ['세종대로','강남대로'], city: ['서울','부산']},
    {country: 'EG', first: ['محمد','فاطمة','أحمد','ليلى'], last: ['حسن','السيد','إبراهيم','عبد الله'], street: ['شارع التحرير','شارع الهرم'], city: ['القاهرة','الإسكندرية']},
    {country: 'IL', first: ['יעל','דוד','נועה','משה'], last: ['כהן','לוי','מזרחי','פרץ'], street: ['רחוב הרצל','שדרות רוטשילד'], city: ['תל אביב','חיפה']}
  ]) AS place`

/** What a customer service person might have typed. */
const notes = `[
    'Said "call me after six", then hung up',
    'Leave at the door' || chr(10) || 'Ring twice',
    'Prefers e-mail; no phone, please',
    'Gift wrap 🎁 and a card 👩‍👩‍👧',
    'Paid 10 | 20 | 30',
    'C:\\shop\\new',
    '=1+1',
    'tab' || chr(9) || 'inside',
    ' blank at both ends ',
    '']`

/** Orders: about six a customer; a third of the customers stopped ordering long ago. `i` counts from 0. */
export const ordersSql = `
  WITH drawn AS (
    SELECT i, hash(i * 7919 + 13) AS a, hash(i * 104729 + 7) AS b, hash(i * 1299709 + 3) AS c
    FROM range(${orderRows}) AS numbers(i)
  ), owned AS (
    SELECT i, b, c, (a % ${customerRows})::INTEGER AS customer, hash((a % ${customerRows})::BIGINT + 77) AS habit FROM drawn
  )
  SELECT
    (i + 1)::BIGINT AS order_id,
    'C' || lpad((customer + 1)::VARCHAR, 7, '0') AS customer_id,
    TIMESTAMPTZ '2023-07-01 00:00:00+00' + to_seconds((b % (CASE WHEN habit % 3 = 0 THEN 63072000 ELSE 94608000 END))::BIGINT) AS ordered_at,
    ((499 + c % 24500)::DECIMAL(12, 0) / 100)::DECIMAL(10, 2) AS total,
    ['EUR', 'USD', 'GBP', 'BRL', 'JPY'][1 + (habit % 5)::INTEGER] AS currency,
    ['web', 'app', 'store', NULL][1 + (b % 4)::INTEGER] AS channel
  FROM owned
  ORDER BY i`

/** Customers, with what their orders add up to. Reads the file of the orders. */
export function customersSql(ordersFile: string): string {
  return `
  WITH place AS (SELECT place, row_number() OVER () - 1 AS number FROM (${places})),
  spent AS (
    SELECT customer_id, count(*) AS orders, sum(total) AS value, max(ordered_at AT TIME ZONE 'UTC')::DATE AS last_on
    FROM read_parquet('${ordersFile.replaceAll("'", "''")}') GROUP BY customer_id
  ), drawn AS (
    SELECT i, 'C' || lpad((i + 1)::VARCHAR, 7, '0') AS customer_id, hash(i * 31 + 5) AS a, hash(i * 977 + 11) AS b, hash(i * 7907 + 17) AS c
    FROM range(${customerRows}) AS numbers(i)
  )
  SELECT
    drawn.customer_id,
    (9007199254740993 + i * 1000003)::BIGINT AS loyalty_number,
    place.first[1 + (a // 12 % 4)::INTEGER] AS first_name,
    place.last[1 + (b // 7 % 4)::INTEGER] AS last_name,
    CASE WHEN c % 25 <> 0 THEN 'customer' || (i + 1) || ['@example.com', '+shop@example.org', '@mail.example.net'][1 + (c % 3)::INTEGER] END AS email,
    CASE WHEN a % 5 <> 0 THEN '+' || (10 + b % 89) || lpad((c % 1000000000)::VARCHAR, 9, '0') END AS phone,
    place.street[1 + (c % 2)::INTEGER] || ' ' || (1 + a % 240) || CASE WHEN b % 9 = 0 THEN chr(10) || 'Floor ' || (b % 12) ELSE '' END AS street,
    place.city[1 + (b // 31 % 2)::INTEGER] AS city,
    lpad((b % 100000)::VARCHAR, 5, '0') AS postal_code,
    place.country AS country,
    CASE WHEN c % 8 <> 0 THEN DATE '1940-01-01' + (a % 24000)::INTEGER END AS birth_date,
    [true, true, false, NULL][1 + (c % 4)::INTEGER] AS email_consent,
    coalesce(spent.orders, 0)::INTEGER AS order_count,
    coalesce(spent.value, 0)::DECIMAL(12, 2) AS lifetime_value,
    spent.last_on AS last_order_on,
    CASE WHEN c % 3 = 0 THEN (${notes})[1 + (a // 48 % 10)::INTEGER] END AS note,
    TIMESTAMPTZ '2020-01-01 00:00:00+00' + to_seconds((c % 110000000)::BIGINT) AS created_at
  FROM drawn
  JOIN place ON place.number = a % 12
  LEFT JOIN spent ON spent.customer_id = drawn.customer_id
  ORDER BY i`
}
