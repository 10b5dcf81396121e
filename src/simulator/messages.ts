import { pick, type Random } from './random.ts';

/**
 * Strings in arguments, run properties and error messages that stand for what users keep there by mistake. An exporter must
 * never show any of them, so tests search its output for all of these. Answers of faults hold some of them, too, as AWS and
 * proxies echo what they were sent.
 */
export const plantedSecrets = [
  'Tr0ub4dor-planted-db-password',
  'AKIAPLANTEDKEY000000',
  'planted/secret/key/wJalrXUtnFEMI',
  'planted-api-token-5f4dcc3b',
  'planted-jdbc-pass-9c1e',
] as const;

const [dbPassword, accessKey, secretKey, apiToken, jdbcPassword] = plantedSecrets;

export const secretArguments: readonly [Readonly<Record<string, string>>, ...Readonly<Record<string, string>>[]] = [
  { '--db_password': dbPassword, '--db_user': 'etl' },
  { '--aws_access_key_id': accessKey, '--aws_secret_access_key': secretKey },
  { '--api_token': apiToken },
];

/** A run property of a workflow that should not be one. */
export const secretRunProperties: Readonly<Record<string, string>> = { api_token: apiToken };

/** What Spark and Python leave behind, often with a category in front of it, as Glue classifies errors: several lines, quotes, tabs, and sometimes a password. */
export const failureMessage = (random: Random): string =>
  pick(random, [
    `Error Category: PERMISSION_ERROR; Failed Line Number: 41; An error occurred while calling o122.pyWriteDynamicFrame. \n Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; \n Request ID: 021AAB703DB20A2D; \n S3 Extended Request ID: teZk24Y09TkXzBvMPG502L5VJBhe9DJuWA9/TXtuGOqfByajkfL/Tlqt5JBGdEGpigAqzdMDM/U=)`,
    `Traceback (most recent call last):\n  File "/tmp/main.py", line 87, in <module>\n    frame = spark.read.format("jdbc").option("url", "jdbc:postgresql://warehouse:5432/core?password=${jdbcPassword}").load()\npy4j.protocol.Py4JJavaError: An error occurred while calling o98.load.\n: org.postgresql.util.PSQLException: FATAL: remaining connection slots are reserved`,
    "Error Category: QUERY_ERROR; Failed Line Number: 63; AnalysisException: Column 'customer_id' does not exist. Did you mean one of the following? [customer_key, \"order_id\"];\n'Project ['customer_id]\n+- Relation [customer_key#12,order_id#13] parquet",
    'Error Category: OUT_OF_MEMORY_ERROR; Failed Line Number: 118; An error occurred while calling o211.parquet.\nJob aborted due to stage failure: Task 41 in stage 7.0 failed 4 times, most recent failure:\n\tLost task 41.3 in stage 7.0 (TID 2209) (172.34.11.9 executor 6): ExecutorLostFailure (executor 6 exited caused by one of the running tasks)\n\tReason: Container killed by YARN for exceeding memory limits. 11.1 GB of 11 GB physical memory used.',
    'Command failed with exit code 1',
    'SystemExit: Quality gate failed: 3 of 41 rules\n\t- null_ratio(email) = 0.31 > 0.05\n\t- row_count = 0',
  ]);

export const launchErrorMessage = (random: Random): string =>
  pick(random, [
    'LAUNCH ERROR | File not found: s3://aws-glue-assets/scripts/main.py. Please refer logs for details.',
    'Unable to resolve any valid connection (Service: AWSGlueJobExecutor; Status Code: 400)\nSubnet subnet-0a1b2c does not have enough free addresses to satisfy the request.',
  ]);

export const timeoutMessage = 'Job run exceeded the configured timeout and was stopped.';
export const queuedDetail = 'Job run queued: the maximum number of concurrent runs or the DPU limit is reached.';

/** What AWS says to a caller who may not; who asked for what, and sometimes why not. */
export const deniedMessage = (action: string, resource: string): string =>
  `User is not authorized to perform: ${action} on resource: ${resource} with an explicit deny in a session policy (${apiToken})`;

/** AWS echoes the values that it refuses. */
export const refusedInputMessage = `1 validation error detected: Value '${dbPassword}' at 'input' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\u0020-\\uD7FF]*`;

export const proxyPage = `<!DOCTYPE html><html><body><h1>A proxy says hello</h1><p>Cookie: session=${jdbcPassword}</p></body></html>`;
