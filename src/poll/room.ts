import { createCapacity, type PolledTasks } from './capacity.ts';
import { GLANCE_SHARE } from './glances.ts';

/** What a poll of a target has room for, in expected requests unless it says otherwise. */
export interface Room {
  /** With all requests of a poll. */
  readonly places: number;
  /** When not all tasks fit, and glances get their part. */
  readonly sharedPlaces: number;
  /** The same at the full rate: neither throttling nor slow answers make it smaller. */
  readonly promisedPlaces: number;
  /** Calls that this poll may spend on glances when not all tasks fit. Call it once in a poll. */
  takeGlances(): number;
  polled(result: PolledTasks): void;
}

/** What is left of so many places for tasks that do not all fit, where AWS answers glances. */
export const sharedPlaces = (places: number, canGlance: boolean): number =>
  Math.max(1, Math.floor(canGlance ? places * (1 - GLANCE_SHARE) : places));

/** Before the first poll. `perSecond` says which rate is allowed now. */
export const createRoom = (timeoutSeconds: number, canGlance: boolean, perSecond: () => number): Room => {
  const capacity = createCapacity();
  /** Throttling only ever lowers the rate. */
  let fullRate = 0;
  let glances = 0;
  const places = (): number => {
    const rate = perSecond();
    fullRate = Math.max(fullRate, rate);
    return capacity.places(rate * timeoutSeconds);
  };
  return {
    get places() {
      return places();
    },
    get sharedPlaces() {
      return sharedPlaces(places(), canGlance);
    },
    get promisedPlaces() {
      return sharedPlaces((fullRate * timeoutSeconds) / capacity.requestsPerPlace, canGlance);
    },
    takeGlances() {
      // In a small room this is less than one call, so some polls go without.
      glances += places() * GLANCE_SHARE;
      const calls = Math.floor(glances);
      glances -= calls;
      return calls;
    },
    polled: capacity.polled,
  };
};
