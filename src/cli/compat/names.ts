import type { Personality } from './io.ts';

/** Every tool whose place `bootwright as NAME ARGS…` takes. */
export const personalities: Readonly<Record<string, Personality>> = {};
