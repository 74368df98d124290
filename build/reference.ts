import { relative } from 'node:path';
import { DeclarationReader } from './declarations.ts';

/** One entry of the package in the generated reference. */
export interface ReferenceEntry {
  /** What a program imports: `bootwright/fit`. */
  readonly name: string;
  readonly exports: readonly ReferenceExport[];
}

/** One export of an entry. */
interface ReferenceExport {
  readonly name: string;
  readonly kind: string;
  /** The doc comment: Markdown, with `@throws` and `@example`. */
  readonly doc: string;
  /** The declaration, with the comments of its members. */
  readonly declaration: string;
  /** The source file, below `src/`. */
  readonly source: string;
}

/** The reference of some entries, each a name and its file of declarations below a folder. */
export function readReference(folder: string, entries: readonly (readonly [string, string])[]): ReferenceEntry[] {
  const reader = new DeclarationReader();
  return entries.map(([name, file]) => ({
    name,
    exports: [...reader.exportsOf(file)].flatMap(([alias, found]) =>
      found.map(({ kind, doc, text, file: place }) => ({
        name: alias,
        kind,
        doc,
        declaration: text,
        source: relative(folder, place).replace(/\.d\.ts$/, '.ts'),
      })),
    ),
  }));
}
