// Loaded into the daemon before its own code: its system clock is wrong by as many seconds as the file WRONG_CLOCK_FILE says,
// as if somebody set it. What the clock showed at the start is performance.timeOrigin; performance.now only runs forward.
import { readFileSync } from 'node:fs';

const RealDate = Date;
const offsetMillis = () => Number(readFileSync(process.env.WRONG_CLOCK_FILE, 'utf8')) * 1000;
const now = () => RealDate.now() + offsetMillis();

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, property) => (property === 'now' ? now : Reflect.get(target, property)),
});
const timeOrigin = performance.timeOrigin + offsetMillis();
Object.defineProperty(performance, 'timeOrigin', { get: () => timeOrigin });
