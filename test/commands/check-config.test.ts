import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkConfig } from '../../src/commands/check-config.ts';
import { temporaryFolder } from '../daemon.ts';

const fileWith = (name: string, text: string): string => {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, text);
  return file;
};

const checkFiles = (files: { readonly configFile?: string; readonly webConfigFile?: string }) => {
  const printed: string[] = [];
  const complaints: string[] = [];
  const isValid = checkConfig({
    configFile: undefined,
    webConfigFile: undefined,
    ...files,
    print: text => printed.push(text),
    complain: text => complaints.push(text),
  });
  return { isValid, printed, complaints };
};

it('prints that the default configuration is valid', () => {
  expect(checkFiles({})).toEqual({ isValid: true, printed: ['the default configuration is valid\n'], complaints: [] });
});

it('prints that both files are valid', () => {
  const configFile = fileWith('config.yaml', 'poll: { interval: 30s }\n');
  const webConfigFile = fileWith('web.yaml', '');
  expect(checkFiles({ configFile, webConfigFile })).toEqual({
    isValid: true,
    printed: [`${configFile} is valid\n`, `${webConfigFile} is valid\n`],
    complaints: [],
  });
});

it('checks both files although the first is invalid', () => {
  const configFile = fileWith('config.yaml', 'pol: {}\n');
  const webConfigFile = fileWith('web.yaml', '');
  expect(checkFiles({ configFile, webConfigFile })).toEqual({
    isValid: false,
    printed: [`${webConfigFile} is valid\n`],
    complaints: [expect.stringContaining(`${configFile}:1: `)],
  });
});

it('finds the mistakes of a web configuration', () => {
  const webConfigFile = fileWith('web.yaml', 'tls: {}\n');
  const { isValid, complaints } = checkFiles({ webConfigFile });
  expect([isValid, complaints]).toEqual([false, [expect.stringContaining(`${webConfigFile}:1: `)]]);
});
