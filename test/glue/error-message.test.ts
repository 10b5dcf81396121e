import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorMessage } from '../../src/glue/error-message.ts';

describe('an error message', () => {
  test('is on one line', () => {
    expect(errorMessage(' Traceback:\n\tFile "x.py"\r\n\u2028KeyError: \u001b[31m\u202e1 ')).toBe(
      'Traceback: File "x.py" KeyError: [31m 1',
    );
  });

  test('keeps its beginning and its end', () => {
    const shown = errorMessage(`Py4JJavaError: ${'frame '.repeat(5_000)}Caused by: KeyError: customer`);
    expect(shown.length).toBeLessThan(420);
    expect(shown).toMatch(/^Py4JJavaError: frame .* \.\.\. .* Caused by: KeyError: customer$/);
  });

  test.each([
    [
      'url jdbc:postgresql://h/core?user=etl&password=hunter2&ssl=1',
      'url jdbc:postgresql://h/core?user=etl&password=***&ssl=1',
    ],
    ['.option("password", "hunter2").load()', '.option("password", ***).load()'],
    ['{"db_password": "hun ter2", "n": 1}', '{"db_password": ***, "n": 1}'],
    [String.raw`{\"dbPassword\": \"hunter2\"}`, String.raw`{\"dbPassword\": ***}`],
    ["secret_key='hunter2'", 'secret_key=***'],
    ['Authorization: Bearer hunter2', 'Authorization: Bearer ***'],
    ['main.py --db_password hunter2 --x 1', 'main.py --db_password *** --x 1'],
    ['main.py --api-token=hunter2', 'main.py --api-token=***'],
    ['mongodb://etl:hunter2@host/x failed', 'mongodb://***@host/x failed'],
    ['jdbc:oracle:thin:scott/hunter2@//db:1521', 'jdbc:oracle:thin:***@//db:1521'],
    ['the key AKIAIOSFODNN7EXAMPLE is not active', 'the key *** is not active'],
    [
      's3://b/x?X-Amz-Signature=hunter2&X-Amz-Security-Token=hunter2',
      's3://b/x?X-Amz-Signature=***&X-Amz-Security-Token=***',
    ],
  ])('hides what looks like a secret: %s', (text, shown) => {
    expect(errorMessage(text)).toBe(shown);
  });

  test.each([
    "AnalysisException: Column 'customer_id' does not exist. Did you mean one of the following? [customer_key]",
    'Access Denied (Service: Amazon S3; Status Code: 403; Request ID: 021AAB703DB20A2D)',
    'The secret could not be read, and the token has expired',
    'Quality gate failed: 38 of 41 rules passed: s3://bucket/report@2026.json',
  ])('is left alone otherwise: %s', text => {
    expect(errorMessage(text)).toBe(text);
  });

  test('takes little time, is short and well formed, whatever AWS says', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        'password',
        '--',
        '://',
        ':thin:',
        '=',
        ' ',
        '"',
        '-'.repeat(3_000),
        'token'.repeat(900),
        '😀'.repeat(500),
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), pieces => {
        const shown = errorMessage(pieces.join(''));
        expect(shown.length).toBeLessThan(420);
        expect(Buffer.from(shown).toString()).toBe(shown);
        expect(shown).not.toMatch(/\p{C}/u);
      }),
    );
  });
});

test.each([
  [
    'Error Category: IMPORT_ERROR; Failed Line Number: 12; ModuleNotFoundError: No module named x',
    'ModuleNotFoundError: No module named x (IMPORT_ERROR, line 12)',
  ],
  [
    'Error Category: QUERY_ERROR; Spark Error Class: TABLE_NOT_FOUND; Failed Line Number: 3; AnalysisException: no t',
    'AnalysisException: no t (QUERY_ERROR, line 3)',
  ],
  ['Error Category: UNCLASSIFIED_ERROR; it broke', 'it broke (UNCLASSIFIED_ERROR)'],
  ['Error Category: UNCLASSIFIED_ERROR; ', 'Error Category: UNCLASSIFIED_ERROR;'],
  ['He said: Error Category: A; b', 'He said: Error Category: A; b'],
])('a message shows the cause before the category of the error: %s', (text, shown) => {
  expect(errorMessage(text)).toBe(shown);
});
