import type { CodeText } from './text.ts';

/** A part of U-Boot: what SPL loads, or one of the programs before it. */
export type Phase = 'proper' | 'SPL' | 'TPL' | 'VPL';

/** What a U-Boot binary says of itself when it starts. */
export interface UBootVersion {
  readonly phase: Phase;
  /** `2023.01+dfsg-2`, with whatever the builder added. */
  readonly release: string;
  /** As printed, with the time of the build where it is there. */
  readonly text: string;
  readonly offset: number;
}

/** lib/display_options.c and common/spl/spl.c: `U-Boot [SPL ]RELEASE (DATE - TIME ZONE)`. */
const VERSION = /U-Boot (?:(SPL|TPL|VPL) )?(\d{4}\.\d{2}[\w.+~-]{0,128})(?: \([\w :+-]{1,64}\))?/g;

/** The version strings in a part of a binary, in order. */
export function findVersions({ text, offset }: CodeText): UBootVersion[] {
  return [...text.matchAll(VERSION)].map((match) => {
    const [printed, phase = 'proper', release = ''] = match;
    return { phase: phase as Phase, release, text: printed, offset: offset + match.index };
  });
}

/** One version for each phase: the longest, since other places name the release alone and the banner the time too. */
export function bannersOf(versions: readonly UBootVersion[]): UBootVersion[] {
  const found = new Map<Phase, UBootVersion>();
  for (const version of versions) {
    const known = found.get(version.phase);
    if (known === undefined || known.text.length < version.text.length) found.set(version.phase, version);
  }
  return [...found.values()].toSorted((a, b) => a.offset - b.offset);
}
