import { setFlagsFromString } from 'node:v8';

/*
 * Imported before everything else. A poll makes much garbage of which nothing lasts, and V8, left to itself, lets it grow to several
 * times what is alive before it is collected: twice the memory at 1,000 jobs, and nearly at 10,000 while they are read for the first
 * time. It is collected more often instead, for some per cent of a core at 50 requests a second. The space for what is new would still
 * grow by ten megabytes now and then.
 */
setFlagsFromString('--optimize-for-size');
setFlagsFromString('--semi-space-growth-factor=1');
/*
 * Whenever the heap has grown by so much, rather than by a tenth: with 10,000 jobs that is half as often, and costs 10 MB; with 1,000
 * it costs one or two.
 */
setFlagsFromString('--heap-growing-percent=30');

/** From so many targets on, answers of many accounts are read at a time. */
const MANY_TARGETS = 20;

/**
 * With many targets, lets the space for what is new grow after all: one of a megabyte is full of answers that are still needed, which
 * were copied out of it 40 times a second. It costs some 20 MB.
 */
export const prepareFor = (targets: number): void => {
  if (targets >= MANY_TARGETS) setFlagsFromString('--semi-space-growth-factor=2');
};
