import { session } from '../parts/session.ts';
import type { FilePlace } from './place.ts';

/** The files that `bootwright ui` was given; none where the page is served by anything else, or by nothing. */
export async function servedPlaces(): Promise<FilePlace[]> {
  const { files } = await session();
  const url = (i: number): string => new URL(`./files/${i}`, location.href).href;
  return files.map(({ name, size }, i) => ({ kind: 'served', name, size, url: url(i) }));
}
