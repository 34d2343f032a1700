/** Environment variables, or the bindings of a Worker. */
export type Env = Readonly<Record<string, string | undefined>>;

/** The settings cannot be used. The message has one line for each fault: the variable, what is wrong, and how to fix it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
