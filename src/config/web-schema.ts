import { z } from 'zod';
import type { ReadText, WebConfig } from './web-config.ts';
import { checkTls, tlsOf } from './web-tls.ts';
import { tlsFields, wordOf } from './web-tls-fields.ts';

const isMap = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

const tls = (directory: string, read: ReadText) =>
  z.strictObject(tlsFields).superRefine(
    (given, context) => {
      const issue = (key: string, message: string) =>
        context.addIssue({ code: 'custom', path: key === '' ? [] : [key], message });
      checkTls(given, directory, read, issue);
    },
    // All mistakes at once: the files are looked at although single keys are wrong.
    { when: ({ value }) => isMap(value) },
  );

/** Empty is the same as absent. What ends a line would begin a header of its own. */
const header = z.string().regex(/^[\t\x20-\x7e]*$/, 'must be one line of ASCII characters');

const headerOf = (...values: readonly string[]) => wordOf([...values, '']);

const headers = z.strictObject({
  'Content-Security-Policy': header.optional(),
  'X-Frame-Options': headerOf('deny', 'sameorigin').optional(),
  'X-Content-Type-Options': headerOf('nosniff').optional(),
  'X-XSS-Protection': header.optional(),
  'Strict-Transport-Security': header.optional(),
});

const userName = z.string().superRefine((name, context) => {
  if (name === '') context.addIssue('is an empty user name; write one');
  else if (/[:\p{Cc}]/u.test(name)) {
    context.addIssue('is not a user name: no colon can be in one; write it like alice: $2y$10$…');
  }
});

/** A hash of cost 18 takes a processor half a minute. */
const BCRYPT = /^\$2[aby]\$(0[4-9]|1[0-8])\$[./A-Za-z0-9]{53}$/;

const HASH_REMEDY =
  'is not a bcrypt hash of cost 4 to 18 such as $2y$10$ and 53 characters; make one with htpasswd -nBC 10 ""';

/** The message comes from here, for the general ones could show a password. */
const hash = z.string({ error: HASH_REMEDY }).regex(BCRYPT, HASH_REMEDY);

/** The web config file's schema, in the format of prometheus/exporter-toolkit. `directory` is that of the file. */
export const webConfigSchema = (directory: string, read: ReadText) =>
  z
    .strictObject({
      tls_server_config: tls(directory, read).optional(),
      http_server_config: z.strictObject({ http2: z.boolean().optional(), headers: headers.optional() }).optional(),
      basic_auth_users: z.record(userName, hash).optional(),
    })
    .transform(
      (given): WebConfig => ({
        tls: given.tls_server_config === undefined ? undefined : tlsOf(given.tls_server_config, directory, read),
        headers: Object.fromEntries(
          Object.entries(given.http_server_config?.headers ?? {}).flatMap(([name, value]) =>
            value === undefined || value === '' ? [] : [[name, value]],
          ),
        ),
        users: new Map(Object.entries(given.basic_auth_users ?? {})),
      }),
    );
