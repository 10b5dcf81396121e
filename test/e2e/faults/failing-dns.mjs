// Loaded into the daemon before its own code: the one name that is known here leads to this machine, or, while the file
// FAILING_DNS_FILE exists, to the answer of a resolver that cannot reach its servers.
import dns from 'node:dns';
import { existsSync } from 'node:fs';

const { lookup } = dns;
dns.lookup = (name, options, callback) => {
  const done = typeof options === 'function' ? options : callback;
  if (name !== 'glue.example.invalid') return lookup(name, options, callback);
  if (existsSync(process.env.FAILING_DNS_FILE)) {
    const message = `getaddrinfo EAI_AGAIN ${name}`;
    const error = Object.assign(new Error(message), { code: 'EAI_AGAIN', syscall: 'getaddrinfo', hostname: name });
    return process.nextTick(done, error);
  }
  return lookup('127.0.0.1', options, callback);
};
