import { z } from 'zod';
import { describe } from './describe.ts';
import type { ReadText, WebConfig } from './web-config.ts';
import { CIPHER_SUITES, CLIENT_AUTH_TYPES, CURVES, checkTls, TLS_VERSIONS, tlsOf } from './web-tls.ts';

const wordOf = <Word extends string>(words: readonly Word[]) =>
  z.enum(words, {
    error: ({ input }) => `is ${describe(input)}, but must be one of: ${words.filter(word => word !== '').join(', ')}`,
  });

const listOf = <Word extends string>(words: readonly Word[]) => z.array(wordOf(words)).min(1);

/** In older files RequireAnyClientCert has another name. */
const clientAuthType = wordOf([...CLIENT_AUTH_TYPES, 'RequireClientCert']).transform(type =>
  type === 'RequireClientCert' ? 'RequireAnyClientCert' : type,
);

const fileName = z.string().min(1);

const tlsFields = {
  cert: z.string().min(1).optional(),
  key: z.string().min(1).optional(),
  client_ca: z.string().min(1).optional(),
  cert_file: fileName.optional(),
  key_file: fileName.optional(),
  client_ca_file: fileName.optional(),
  client_auth_type: clientAuthType.optional(),
  client_allowed_sans: z.array(z.string().min(1)).min(1).optional(),
  min_version: wordOf(TLS_VERSIONS).optional(),
  max_version: wordOf(TLS_VERSIONS).optional(),
  cipher_suites: listOf(CIPHER_SUITES).optional(),
  prefer_server_cipher_suites: z.boolean().optional(),
  curve_preferences: listOf(CURVES).optional(),
};

export type GivenTls = z.output<z.ZodObject<typeof tlsFields>>;

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
