/** Variables of the process's environment. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Something in the environment, or in a file that it names, is wrong; the message says what to do. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}
