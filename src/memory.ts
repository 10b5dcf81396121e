import { setFlagsFromString } from 'node:v8';

/*
 * Imported before everything else. A poll makes much garbage of which nothing lasts, and V8, left to itself, lets it grow to several
 * times what is alive before it is collected. `npm run bench` has what that costs and saves.
 */
setFlagsFromString('--optimize-for-size');
