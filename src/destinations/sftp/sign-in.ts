import type { AnyAuthMethod, AuthenticationType, ParsedKey } from 'ssh2'

/** What a credential can sign in with. */
export interface SignIn {
  readonly user: string
  readonly password: string | undefined
  readonly key: ParsedKey | undefined
}

/**
 * The next way to try, or false when none is left. `offered` is what the server named in its last answer, null before the first.
 * The key goes first, so that a password is not shown to a server that does not need it; and a password is shown once, by whichever
 * of the two ways the server has: a second wrong answer could lock the account.
 */
export function nextMethod(
  signIn: SignIn,
  offered: readonly AuthenticationType[] | null,
  tried: ReadonlySet<AuthenticationType>,
): AnyAuthMethod | false {
  const { user, password, key } = signIn
  const open = (type: AuthenticationType) => !tried.has(type) && (offered?.includes(type) ?? false)
  // Asking for nothing makes the server name what it takes (RFC 4252, 5.2).
  if (offered === null) return { type: 'none', username: user }
  if (key !== undefined && open('publickey')) return { type: 'publickey', username: user, key }
  if (password === undefined) return false
  const shown = tried.has('password') || tried.has('keyboard-interactive')
  if (!shown && open('password')) return { type: 'password', username: user, password }
  if (!shown && open('keyboard-interactive')) return { type: 'keyboard-interactive', username: user, prompt: answerOnce(password) }
  return false
}

type Prompt = Extract<AnyAuthMethod, { type: 'keyboard-interactive' }>['prompt']

/** Answers the first hidden question with the password, and everything else (a one-time code, a second round) with nothing. */
function answerOnce(password: string): Prompt {
  let answer = password
  return (_name, _instructions, _language, prompts, finish) => {
    const hidden = prompts.findIndex((prompt) => prompt.echo !== true)
    finish(prompts.map((_, index) => (index === hidden ? answer : '')))
    if (hidden >= 0) answer = ''
  }
}
