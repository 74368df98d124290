import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { checkTable } from '../../../src/devicetree/internal.ts';
import { catalog, type MessageTable } from '../../../src/fault.ts';
import { lintRules } from '../../../src/fit/index.ts';
import { koreanFaults } from '../../../src/web/text/korean/faults.ts';
import { koreanMessages } from '../../../src/web/text/korean/messages/index.ts';
import { koreanPage } from '../../../src/web/text/korean/page.ts';
import { page } from '../../../src/web/text/page.ts';

const SOURCE = resolve(import.meta.dirname, '../../../src');
/** What the command line alone says never reaches the page. */
const UNSEEN = /^cli\//;

/** Every message of every room by its code: the tables that `messages` makes, rules of lint, checks of device trees. */
export async function englishMessages(): Promise<MessageTable> {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter(
    (name) =>
      name.endsWith('.ts') &&
      !UNSEEN.test(name) &&
      name !== 'fault/message.ts' &&
      /= messages\(\{/.test(readFileSync(resolve(SOURCE, name), 'utf8')),
  );
  const modules = await Promise.all(
    files.map((name) => import(resolve(SOURCE, name)) as Promise<Record<string, unknown>>),
  );
  const tables = modules.flatMap((exported) => Object.values(exported)).flatMap(tableOf);
  return {
    ...Object.assign({}, ...tables),
    ...Object.fromEntries(
      lintRules.flatMap(({ id, texts }) =>
        Object.entries(texts).map(([part, text]) => [`fit/lint/${id}/${part}`, text]),
      ),
    ),
    ...Object.fromEntries(checkTable.map(({ name, about }) => [`devicetree/check/${name}`, `${about} ({found})`])),
  };
}

function tableOf(value: unknown): MessageTable[] {
  const isBuilder = typeof value === 'function' && 'table' in value && typeof value.table === 'object';
  return isBuilder ? [value.table as MessageTable] : [];
}

/** The codes and keys that have no Korean row, and so are said in English. */
export async function missingKorean(): Promise<string[]> {
  return [
    ...Object.keys(page).filter((key) => !(key in koreanPage)),
    ...Object.keys(catalog).filter((code) => !(code in koreanFaults)),
    ...Object.keys(await englishMessages()).filter((code) => koreanMessages[code] === undefined),
  ];
}
