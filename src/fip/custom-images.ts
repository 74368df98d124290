import { parseJson, printJsonFlaw } from '../binary/internal.ts';
import { Fault } from '../fault.ts';
import { type ImageKind, type ImageTable, knownImages } from './images.ts';
import { fipMessage } from './messages.ts';
import { parseUuid } from './uuid.ts';

/** Words that are safe as options and as file names on every system. */
const OPTION = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** The custom images of a JSON text: `{"images": [{"option": "my-fw", "name": "My firmware", "uuid": "…"}]}`. */
export function parseImageTable(text: string, path: string): ImageTable {
  const { images } = parseObject(text, path) as { readonly images?: unknown };
  if (!Array.isArray(images)) throw new Fault('fip/name', { name: path, reason: fipMessage('fip/expected-images') });
  const table = images.map((row: unknown) => customImage(row, path));
  for (const [i, kind] of table.entries()) {
    const others = [...knownImages, ...table.slice(0, i)];
    const clash = others.find(({ option, uuid }) => option === kind.option || uuid === kind.uuid);
    if (clash !== undefined)
      throw new Fault('fip/name', {
        name: kind.option,
        reason: fipMessage('fip/name-clash', { option: clash.option, uuid: clash.uuid }),
      });
  }
  return table;
}

function customImage(row: unknown, path: string): ImageKind {
  const { option, name, uuid } = (row ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof option !== 'string' || !OPTION.test(option))
    throw new Fault('fip/name', {
      name: String(option),
      reason: fipMessage('fip/bad-option', { file: path, pattern: OPTION.source }),
    });
  if (typeof uuid !== 'string')
    throw new Fault('fip/name', { name: option, reason: fipMessage('fip/no-uuid', { file: path }) });
  return { option, name: typeof name === 'string' ? name : option, uuid: parseUuid(uuid) };
}

function parseObject(text: string, path: string): object {
  const read = parseJson(text);
  if ('flaw' in read)
    throw new Fault('fip/name', {
      name: path,
      reason: fipMessage('fip/not-json', { reason: printJsonFlaw(read.flaw) }),
    });
  const { value } = read;
  return typeof value === 'object' && value !== null ? value : {};
}
