/** The place of one entity among all that want to be exposed. Only the limit that made it changes it. */
export interface Claim {
  readonly order: number;
  isAdmitted: boolean;
  /** What it takes of the limit once it is admitted. */
  series: number;
}

/**
 * Shares a number of series among entities: who came first is admitted first, and stays admitted. Room is reserved for the most
 * series that an entity can have, so that one that grows needs no more.
 */
export interface SeriesLimit {
  /** A claim behind all others. It is not admitted yet. */
  claim(): Claim;
  /**
   * Admits a claim with so many series if there is room for it after all earlier claims, and returns whether it is admitted.
   * One that is admitted already always stays.
   */
  admit(claim: Claim, series: number): boolean;
  /** Whether a claim that waits would be admitted now. */
  hasRoom(claim: Claim): boolean;
  /** Reserves so many series for a claim, admitted or not, if it has less: it has to fit by the next set. */
  grow(claim: Claim, series: number): void;
  /** Gives up the room of a claim, but not its place: its room is kept from later ones. */
  suspend(claim: Claim): void;
  /** Forgets a claim. */
  release(claim: Claim): void;
  /** Sets how many series there may be. Returns the claims that were admitted last and give way; they wait from now on. */
  set(limit: number): readonly Claim[];
}

export const createSeriesLimit = (initialLimit: number): SeriesLimit => {
  let limit = initialLimit;
  let nextOrder = 0;
  let admittedSeries = 0;
  let waitingSeries = 0;
  const admitted = new Set<Claim>();
  /** By order. */
  let waiting: Claim[] = [];

  /** The index of a claim among those that wait, or of the first behind it. */
  const indexOf = ({ order }: Claim): number => {
    let [from, to] = [0, waiting.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((waiting[middle]?.order ?? order) < order) from = middle + 1;
      else to = middle;
    }
    return from;
  };

  const isWaiting = (claim: Claim): boolean => waiting[indexOf(claim)] === claim;

  const wait = (claim: Claim): void => {
    if (isWaiting(claim)) return;
    waiting.splice(indexOf(claim), 0, claim);
    waitingSeries += claim.series;
  };

  const stopWaiting = (claim: Claim): void => {
    if (!isWaiting(claim)) return;
    waiting.splice(indexOf(claim), 1);
    waitingSeries -= claim.series;
  };

  const giveUpRoom = (claim: Claim): void => {
    if (!admitted.delete(claim)) return;
    claim.isAdmitted = false;
    admittedSeries -= claim.series;
  };

  const hasRoom = (claim: Claim): boolean => {
    let free = limit - admittedSeries - claim.series;
    const others = waitingSeries - (isWaiting(claim) ? claim.series : 0);
    if (free < 0 || free >= others) return free >= 0;
    for (const { order, series } of waiting) {
      if (order >= claim.order) return true;
      free -= series;
      if (free < 0) return false;
    }
    return true;
  };

  return {
    claim() {
      const claim: Claim = { order: nextOrder, isAdmitted: false, series: 0 };
      nextOrder += 1;
      return claim;
    },
    admit(claim, series) {
      if (claim.isAdmitted) {
        admittedSeries += series - claim.series;
        claim.series = series;
        return true;
      }
      stopWaiting(claim);
      claim.series = series;
      if (!hasRoom(claim)) {
        wait(claim);
        return false;
      }
      claim.isAdmitted = true;
      admitted.add(claim);
      admittedSeries += series;
      return true;
    },
    hasRoom,
    grow(claim, series) {
      const growth = Math.max(0, series - claim.series);
      if (claim.isAdmitted) admittedSeries += growth;
      else if (isWaiting(claim)) waitingSeries += growth;
      claim.series += growth;
    },
    suspend(claim) {
      giveUpRoom(claim);
      wait(claim);
    },
    release(claim) {
      giveUpRoom(claim);
      stopWaiting(claim);
    },
    set(next) {
      limit = next;
      if (admittedSeries <= limit) return [];
      const last = [...admitted].sort((a, b) => b.order - a.order);
      const giveWay: Claim[] = [];
      for (const claim of last) {
        if (admittedSeries <= limit) break;
        giveUpRoom(claim);
        giveWay.push(claim);
        waitingSeries += claim.series;
      }
      waiting = [...waiting, ...giveWay].sort((a, b) => a.order - b.order);
      return giveWay;
    },
  };
};
