export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['logfmt', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Keys are in snake_case. */
type Fields = Readonly<Record<Lowercase<string>, string | number | boolean | undefined>>;

/** A logger: a message that stays the same for the same event, and fields for what differs. Never pass run arguments. */
export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** The same logger with fields on every line. */
  with(fields: Fields): Log;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly write: (line: string) => void;
}

/** Lines as Prometheus writes them: time, level, msg, then the fields; absent fields are left out. */
export const createLog = ({ level, format, write }: LogOptions, bound: Fields = {}): Log => {
  const line =
    (lineLevel: LogLevel) =>
    (message: string, fields: Fields = {}) => {
      if (LOG_LEVELS.indexOf(lineLevel) < LOG_LEVELS.indexOf(level)) return;
      const time = new Date().toISOString();
      const entries = Object.entries({ time, level: lineLevel.toUpperCase(), msg: message, ...bound, ...fields });
      const present = entries.filter(([, value]) => value !== undefined);
      const text =
        format === 'json'
          ? oneLine(JSON.stringify(Object.fromEntries(present)))
          : present.map(([key, value]) => `${key}=${quote(`${value}`)}`).join(' ');
      write(`${text}\n`);
    };
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    with: fields => createLog({ level, format, write }, { ...bound, ...fields }),
  };
};

/** logfmt wants quotes around anything but a plain word; JSON's quoting also keeps an error message on one line. */
const quote = (value: string): string => (/^[\w.:/@+-]+$/.test(value) ? value : oneLine(JSON.stringify(value)));

/** JSON leaves what some readers take for the end of a line, and the control characters of terminals above ASCII. */
const oneLine = (json: string): string =>
  json.replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** An error's message, whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : `${error}`);
