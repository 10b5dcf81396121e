import { dirname } from 'node:path';
import { parseChecked } from './load.ts';
import type { ReadText, WebConfig } from './web-config.ts';
import { webConfigSchema } from './web-schema.ts';

/**
 * Reads the text of a web config file and, through `read`, the files that it names, relative to its own folder. Throws a
 * ConfigError that lists every mistake, certificates and keys included, and quotes no secret. An empty file is plain HTTP.
 */
export const parseWebConfig = (text: string, file: string, read: ReadText): WebConfig =>
  parseChecked(text, file, webConfigSchema(dirname(file), read), { secret: true });
