import type { Place } from './place.ts';

/** The files that `bootwright ui` was given; none where the page is served by anything else, or by nothing. */
export async function servedPlaces(): Promise<Place[]> {
  if (location.protocol === 'file:') return [];
  try {
    const answer = await fetch('./files.json');
    if (!answer.ok) return [];
    const list = (await answer.json()) as readonly { readonly name: string; readonly size: number }[];
    const url = (i: number): string => new URL(`./files/${i}`, location.href).href;
    return list.map(({ name, size }, i) => ({ kind: 'served', name, size, url: url(i) }));
  } catch {
    // A static site answers with its own page or not at all.
    return [];
  }
}
