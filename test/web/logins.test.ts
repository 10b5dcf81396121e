import { compare, hashSync } from 'bcrypt';
import { describe, expect, it, vi } from 'vitest';
import { createFairQueue } from '../../src/web/fair-queue.ts';
import { type Asker, type Compare, createLogins, type LoginResult } from '../../src/web/logins.ts';

const prometheus: Asker = { address: '10.0.0.1', isGone: () => false };
const from = (address: string): Asker => ({ ...prometheus, address });

/** Hashes that only look like bcrypt's; the password is their end. */
const hashOf = (password: string, cost = '10'): string => `$2y$${cost}$${password}`;

const start = (users: Readonly<Record<string, string>>, limits = { waitingPerClient: 100, waitingInTotal: 1000 }) => {
  const compared = vi.fn<Compare>(async (password, hash) => hash.endsWith(`$${password}`));
  const check = createLogins(new Map(Object.entries(users)), createFairQueue(limits), compared);
  const login = (user: string, password: string, asker = prometheus): Promise<LoginResult> =>
    check({ user, password: Buffer.from(password) }, asker);
  const hashes = () => compared.mock.calls.map(([, hash]) => hash);
  return { login, compared, hashes };
};

describe('a login', () => {
  it('is right with the password of that user, and wrong with any other', async () => {
    const { login } = start({ alice: hashOf('a'), bob: hashOf('b') });
    expect(await login('alice', 'a')).toBe('right');
    expect(await login('alice', 'b')).toBe('wrong');
    expect(await login('bob', 'b')).toBe('right');
    expect(await login('bob', '')).toBe('wrong');
    expect(await login('', '')).toBe('wrong');
  });

  it('that was right is not computed again; a wrong one is', async () => {
    const { login, compared } = start({ alice: hashOf('a') });
    for (let time = 0; time < 3; time += 1) expect(await login('alice', 'a')).toBe('right');
    expect(compared).toHaveBeenCalledTimes(1);
    for (let time = 0; time < 3; time += 1) expect(await login('alice', 'x')).toBe('wrong');
    expect(compared).toHaveBeenCalledTimes(4);
  });

  it('is not taken for another with the same letters', async () => {
    const { login } = start({ ab: hashOf('c'), a: hashOf('x'), '2:ab': hashOf('y') });
    expect(await login('ab', 'c')).toBe('right');
    expect(await login('a', 'bc')).toBe('wrong');
    expect(await login('2:ab', 'c')).toBe('wrong');
  });

  it('under way is computed once, however many wait for it', async () => {
    const { login, compared } = start({ alice: hashOf('a') });
    const scrapers = Array.from({ length: 20 }, (_, n) => login('alice', 'a', from(`10.0.0.${n}`)));
    expect(new Set(await Promise.all(scrapers))).toEqual(new Set(['right']));
    expect(compared).toHaveBeenCalledOnce();
  });

  it('is forgotten when a thousand others were right since', async () => {
    const names = Array.from({ length: 1001 }, (_, n) => `user-${n}`);
    const { login, compared } = start(Object.fromEntries(names.map(name => [name, hashOf('a')])));
    for (const name of names) await login(name, 'a');
    await login('user-1000', 'a');
    expect(compared).toHaveBeenCalledTimes(1001);
    await login('user-0', 'a');
    expect(compared).toHaveBeenCalledTimes(1002);
  });

  it('with a hash of any name is compared as $2b$, the one that the library does right', async () => {
    for (const name of ['2a', '2b', '2y']) {
      const { login, hashes } = start({ alice: `$${name}$10$a` });
      expect(await login('alice', 'a')).toBe('right');
      expect(hashes()).toEqual(['$2b$10$a']);
    }
  });

  it('works with the hashes that bcrypt makes', async () => {
    for (const password of ['a', 'größe 😀', 'a\0b', `y${'x'.repeat(71)}`]) {
      const made = hashSync(password, 4);
      for (const hash of [made, made.replace('$2b$', '$2a$'), made.replace('$2b$', '$2y$')]) {
        const runInTurn = createFairQueue({ waitingPerClient: 1, waitingInTotal: 1 });
        const check = createLogins(new Map([['alice', hash]]), runInTurn, compare);
        const login = (text: string) => check({ user: 'alice', password: Buffer.from(text) }, prometheus);
        expect(await login(password)).toBe('right');
        expect(await login(`x${password}`)).toBe('wrong');
        expect(await login(password.slice(0, -1))).toBe('wrong');
      }
    }
  });

  it('is wrong with a password whose length the library would once have taken for none', async () => {
    const hash = hashSync('', 4).replace('$2b$', '$2a$');
    const check = createLogins(
      new Map([['alice', hash]]),
      createFairQueue({ waitingPerClient: 1, waitingInTotal: 1 }),
      compare,
    );
    expect(await check({ user: 'alice', password: Buffer.from('x'.repeat(255)) }, prometheus)).toBe('wrong');
  });
});

describe('an unknown user', () => {
  const users = { alice: hashOf('a', '10'), bob: hashOf('b', '12') };
  const configured = Object.values(users).map(hash => hash.replace('2y', '2b'));

  it('costs a comparison with a hash of the same cost, and is wrong whatever it says', async () => {
    const { login, hashes } = start({ alice: hashOf('a', '12') });
    expect(await login('mallory', 'a')).toBe('wrong');
    expect(await login('mallory', 'a')).toBe('wrong');
    expect(hashes()).toEqual(['$2b$12$a', '$2b$12$a']);
  });

  it('costs the same every time, and as much as one of the known ones', async () => {
    const { login, hashes } = start(users);
    for (const name of ['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8', 'm9']) {
      for (const password of ['x', 'y', 'z']) await login(name, password);
    }
    for (let at = 0; at < hashes().length; at += 3) {
      const [first, ...others] = hashes().slice(at, at + 3);
      expect(configured).toContain(first);
      expect(others).toEqual([first, first]);
    }
  });

  it('may have the name of something that every object has', async () => {
    const { login } = start(users);
    for (const name of ['__proto__', 'constructor', 'toString']) expect(await login(name, 'a')).toBe('wrong');
  });
});

describe('many logins', () => {
  /** Comparisons that end when the test says so. */
  const slowly = (limits: { waitingPerClient: number; waitingInTotal: number }) => {
    const { login, compared } = start({ alice: hashOf('a') }, limits);
    const ends: (() => void)[] = [];
    let underWay = 0;
    let most = 0;
    compared.mockImplementation(
      (password, hash) =>
        new Promise(resolve => {
          underWay += 1;
          most = Math.max(most, underWay);
          ends.push(() => {
            underWay -= 1;
            resolve(hash.endsWith(`$${password}`));
          });
        }),
    );
    const endAll = async (): Promise<void> => {
      while (ends.length > 0) {
        ends.shift()?.();
        await new Promise(resolve => setImmediate(resolve));
      }
    };
    return { login, compared, endAll, most: () => most };
  };

  it('are computed one at a time, so that libuv’s other threads stay free', async () => {
    const { login, endAll, most } = slowly({ waitingPerClient: 100, waitingInTotal: 100 });
    const verdicts = Array.from({ length: 20 }, (_, n) => login('alice', `wrong ${n}`));
    await endAll();
    expect(new Set(await Promise.all(verdicts))).toEqual(new Set(['wrong']));
    expect(most()).toBe(1);
  });

  it('are refused when too many wait, unless they are known to be right', async () => {
    const { login, endAll } = slowly({ waitingPerClient: 2, waitingInTotal: 2 });
    const right = login('alice', 'a');
    await endAll();
    expect(await right).toBe('right');
    const wrong = [1, 2, 3].map(n => login('alice', `wrong ${n}`));
    expect(await login('alice', 'one more')).toBe('busy');
    expect(await login('alice', 'a')).toBe('right');
    await endAll();
    expect(await Promise.all(wrong)).toEqual(['wrong', 'wrong', 'wrong']);
  });

  it('of one address do not keep another waiting for all of them', async () => {
    const { login, compared, endAll } = slowly({ waitingPerClient: 50, waitingInTotal: 100 });
    const flood = Array.from({ length: 40 }, (_, n) => login('mallory', `${n}`, from('10.6.6.6')));
    const right = login('alice', 'a', from('10.0.0.1'));
    await endAll();
    await Promise.all([...flood, right]);
    const order = compared.mock.calls.map(([password]) => password.toString());
    expect(order.indexOf('a')).toBeLessThanOrEqual(2);
  });

  it('of those who are gone are not computed', async () => {
    const { login, compared, endAll } = slowly({ waitingPerClient: 50, waitingInTotal: 100 });
    const first = login('alice', 'x');
    const gone = login('alice', 'y', { ...prometheus, isGone: () => true });
    const shared = [true, false].map(isGone => login('alice', 'a', { ...prometheus, isGone: () => isGone }));
    await endAll();
    expect(await first).toBe('wrong');
    await gone;
    expect(await Promise.all(shared)).toEqual(['right', 'right']);
    expect(compared.mock.calls.map(([password]) => password.toString())).toEqual(['x', 'a']);
  });

  it('go on after one that could not be computed', async () => {
    const { login, compared } = start({ alice: hashOf('a') });
    compared.mockRejectedValueOnce(new Error('no binary'));
    await expect(login('alice', 'a')).rejects.toThrow('no binary');
    expect(await login('alice', 'a')).toBe('right');
  });
});
