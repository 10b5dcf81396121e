import { z } from 'zod';
import { describe } from './describe.ts';
import { CLIENT_AUTH_TYPES } from './web-config.ts';

/** Go's names of versions, oldest first, and Node's. */
export const VERSIONS = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;

/** Go's names of the suites that it holds for secure (tls.CipherSuites), and OpenSSL's. */
export const SUITES = {
  TLS_AES_128_GCM_SHA256: 'TLS_AES_128_GCM_SHA256',
  TLS_AES_256_GCM_SHA384: 'TLS_AES_256_GCM_SHA384',
  TLS_CHACHA20_POLY1305_SHA256: 'TLS_CHACHA20_POLY1305_SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
} as const;

export const CURVE_NAMES = { CurveP256: 'P-256', CurveP384: 'P-384', CurveP521: 'P-521', X25519: 'X25519' } as const;

const keysOf = <Key extends string>(names: Readonly<Record<Key, string>>): readonly Key[] => {
  const isKey = (name: string): name is Key => name in names;
  return Object.keys(names).filter(isKey);
};

export const TLS_VERSIONS = keysOf(VERSIONS);
const CIPHER_SUITES = keysOf(SUITES);
const CURVES = keysOf(CURVE_NAMES);

/** One of some words; the empty one is not advertised. */
export const wordOf = <Word extends string>(words: readonly Word[]) =>
  z.enum(words, {
    error: ({ input }) => `is ${describe(input)}, but must be one of: ${words.filter(word => word !== '').join(', ')}`,
  });

const listOf = <Word extends string>(words: readonly Word[]) => z.array(wordOf(words)).min(1);

/** In older files RequireAnyClientCert has another name. */
const clientAuthType = wordOf([...CLIENT_AUTH_TYPES, 'RequireClientCert']).transform(type =>
  type === 'RequireClientCert' ? 'RequireAnyClientCert' : type,
);

const fileName = z.string().min(1);

/** The keys of the section tls_server_config. */
export const tlsFields = {
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

/** The section tls_server_config as it is written. */
export type GivenTls = z.output<z.ZodObject<typeof tlsFields>>;
