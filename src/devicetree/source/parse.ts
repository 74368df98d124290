import { viewOf } from '../../binary/index.ts';
import { Fault, type SourceProblem } from '../../fault.ts';
import { MAX_DEPTH, MAX_ITEMS } from '../layout.ts';
import { deviceTreeMessage } from '../messages.ts';
import type { Reservation } from '../tree.ts';
import { findLive, Labels } from './labels.ts';
import { Lexer, type LoadFile } from './lex.ts';
import { LiveNode, LiveProperty } from './live.ts';
import { ValueParser } from './parse-value.ts';
import { SourceFile, type Span } from './text.ts';

export interface LiveReservation extends Reservation {
  readonly labels: readonly string[];
}

/** A source that was read: references are still what is written in it. */
export interface ParsedSource {
  /** Whether it is an overlay (`/plugin/`). */
  readonly plugin: boolean;
  readonly reservations: readonly LiveReservation[];
  readonly root: LiveNode;
  readonly labels: Labels;
  readonly bootCpu: number;
  /** Every file that was read. */
  readonly files: readonly SourceFile[];
}

/** Where a source comes from, and how its includes are found. */
export interface ParseOptions {
  /** The name of the text in messages; its folder is where relative names start. */
  readonly file?: string;
  /** Gives included files; without it every include is a fault. */
  readonly load?: LoadFile;
  /** Called with each problem as soon as it is found. */
  readonly problem?: (problem: SourceProblem) => void;
  /** Called with each number that is cut short to fit its element; without it such a number is a problem. */
  readonly truncated?: (problem: SourceProblem) => void;
}

/**
 * Reads a device tree source, version 1.
 *
 * @throws Fault `devicetree/source` with every problem that was found, `devicetree/include`, `devicetree/limit`
 */
export function parseSource(text: Uint8Array, options: ParseOptions = {}): ParsedSource {
  const file = new SourceFile(options.file ?? '<source>', text);
  return new Parser(new Lexer(file, options.load ?? noIncludes, options.problem, options.truncated)).source();
}

const noIncludes: LoadFile = ({ name }) => {
  throw new Fault('devicetree/include', { file: name, reason: deviceTreeMessage('devicetree/no-includes') });
};

class Parser {
  readonly #lexer: Lexer;
  readonly #values: ValueParser;
  readonly #names = new Map<string, string>();
  #plugin = false;
  #fragments = 0;
  #depth = 0;
  #items = 0;

  constructor(lexer: Lexer) {
    this.#lexer = lexer;
    this.#values = new ValueParser(lexer);
  }

  source(): ParsedSource {
    const lexer = this.#lexer;
    lexer.next();
    this.#headers();
    const reservations = this.#reservations();
    const labels = this.#tree();
    if (lexer.problems.length > 0) throw new Fault('devicetree/source', { problems: lexer.problems, complete: true });
    const bootCpu = guessBootCpu(labels.root);
    labels.root.prune();
    return { plugin: this.#plugin, reservations, root: labels.root, labels, bootCpu, files: lexer.files };
  }

  #headers(): void {
    let first = true;
    do {
      const start = this.#lexer.start;
      this.#values.expect('/dts-v1/');
      this.#values.expect(';');
      let plugin = false;
      if (this.#lexer.kind === '/plugin/') {
        this.#lexer.next();
        this.#values.expect(';');
        plugin = true;
      }
      if (first) this.#plugin = plugin;
      else if (plugin !== this.#plugin) this.#values.problem(start, "Header flags don't match earlier ones");
      first = false;
    } while (this.#lexer.kind === '/dts-v1/');
  }

  #reservations(): LiveReservation[] {
    const reservations: LiveReservation[] = [];
    for (;;) {
      const labels = this.#values.labels();
      if (this.#lexer.kind !== '/memreserve/') {
        if (labels.length > 0) this.#values.syntaxError();
        return reservations;
      }
      this.#lexer.next();
      const address = BigInt(this.#values.integer());
      const size = BigInt(this.#values.integer());
      this.#values.expect(';');
      reservations.push({ address, size, labels });
    }
  }

  /** The definitions of nodes at the outer level, merged in the order in which they come. */
  #tree(): Labels {
    let labels: Labels | undefined;
    while (this.#lexer.kind !== 'eof' || labels === undefined) {
      const { kind } = this.#lexer;
      if (kind === '/') {
        this.#lexer.next();
        const node = this.#node();
        if (labels === undefined) labels = new Labels(node);
        else labels.root.merge(node, labels);
      } else if (kind === 'label-ref' || kind === 'path-ref') {
        labels = this.#referenced(labels);
      } else if (labels === undefined) {
        this.#values.syntaxError();
      } else if (kind === 'label') {
        this.#labelledReference(labels);
      } else if (kind === '/delete-node/' || kind === '/omit-if-no-ref/') {
        this.#directive(labels, kind);
      } else {
        this.#values.syntaxError();
      }
    }
    return labels;
  }

  /** `&label { … };`: more of a node, or in an overlay a fragment for a node that is elsewhere. */
  #referenced(before: Labels | undefined): Labels {
    const lexer = this.#lexer;
    const { span: place, text: reference, kind } = lexer;
    lexer.next();
    const { start } = lexer;
    const node = this.#node();
    const relative = !reference.startsWith('/') && reference.slice(1).includes('/');
    const labels = before ?? new Labels(new LiveNode());
    // A path is never looked up in an overlay; a label is, and so is everything in an ordinary source.
    const target = before === undefined || (this.#plugin && kind === 'path-ref') ? undefined : labels.find(reference);
    if (target !== undefined) {
      target.merge(node, labels);
      return labels;
    }
    const where: Span = before === undefined ? { file: lexer.file, start, end: lexer.previousEnd } : place;
    if (!this.#plugin) lexer.problem(where, `Label or path ${reference} not found`);
    else if (relative) lexer.problem(where, `Label-relative reference ${reference} not supported in plugin`);
    this.#addFragment(labels, node, reference);
    return labels;
  }

  #addFragment(labels: Labels, content: LiveNode, reference: string): void {
    const values = this.#values.builder;
    const byPath = reference.startsWith('/');
    if (byPath) {
      values.mark('string', reference);
      values.text(reference);
    } else {
      values.mark('phandle', reference);
      values.integer(0xffff_ffff, 32);
    }
    const { value, markers } = values.finish();
    content.name = '__overlay__';
    const fragment = new LiveNode([new LiveProperty(byPath ? 'target-path' : 'target', value, markers)], [content]);
    fragment.name = `fragment@${this.#fragments++}`;
    labels.root.addChild(fragment);
    labels.index(fragment);
  }

  #labelledReference(labels: Labels): void {
    const lexer = this.#lexer;
    const label = lexer.text;
    lexer.next();
    const { span, text: reference, kind } = lexer;
    if (kind !== 'label-ref' && kind !== 'path-ref') this.#values.syntaxError();
    lexer.next();
    const node = this.#node();
    const target = labels.find(reference);
    if (target === undefined) {
      lexer.problem(span, `Label or path ${reference} not found`);
      return;
    }
    target.addLabel(label);
    labels.add(label, target);
    target.merge(node, labels);
  }

  #directive(labels: Labels, directive: '/delete-node/' | '/omit-if-no-ref/'): void {
    const lexer = this.#lexer;
    lexer.next();
    const { span, text: reference, kind } = lexer;
    if (kind !== 'label-ref' && kind !== 'path-ref') this.#values.syntaxError();
    lexer.next();
    this.#values.expect(';');
    const target = labels.find(reference);
    if (target === undefined) lexer.problem(span, `Label or path ${reference} not found`);
    else if (directive === '/delete-node/') target.delete();
    else target.omitIfUnused = true;
  }

  /** `{ properties, then children };`, without the name. */
  #node(): LiveNode {
    const lexer = this.#lexer;
    const { file, start } = lexer;
    if (++this.#depth > MAX_DEPTH) {
      throw new Fault('devicetree/limit', { path: file.name, offset: start, what: 'nesting', limit: MAX_DEPTH });
    }
    this.#values.expect('{');
    const properties: LiveProperty[] = [];
    const children: LiveNode[] = [];
    while (lexer.kind !== '}') this.#member(properties, children);
    lexer.next();
    const end = lexer.end;
    this.#values.expect(';');
    this.#depth--;
    return new LiveNode(properties, children, { file, start, end });
  }

  #member(properties: LiveProperty[], children: LiveNode[]): void {
    const lexer = this.#lexer;
    if (++this.#items > MAX_ITEMS) {
      const what = 'the number of nodes and properties';
      throw new Fault('devicetree/limit', { path: lexer.file.name, offset: lexer.start, what, limit: MAX_ITEMS });
    }
    const { start: labelStart } = lexer;
    const labels = this.#values.labels();
    const { start, kind, file } = lexer;
    switch (kind) {
      case '/omit-if-no-ref/': {
        lexer.next();
        const before = children.length;
        this.#member(properties, children);
        const child = children[before];
        if (child === undefined) this.#values.syntaxError();
        else {
          child.omitIfUnused = true;
          for (const label of labels.toReversed()) child.addLabel(label);
        }
        return;
      }
      case '/delete-node/': {
        lexer.next();
        const child = new LiveNode();
        child.name = this.#name();
        child.deleted = true;
        this.#values.expect(';');
        children.push(child);
        return;
      }
      case '/delete-property/': {
        lexer.next();
        const property = new LiveProperty(this.#name(), new Uint8Array(0));
        property.deleted = true;
        this.#values.expect(';');
        this.#addProperty(properties, children, property, labelStart);
        return;
      }
      case 'name': {
        const name = this.#name();
        if ((lexer.kind as string) === '{') {
          const child = this.#node();
          child.name = name;
          for (const label of labels.toReversed()) child.addLabel(label);
          children.push(child);
          return;
        }
        if ((lexer.kind as string) === '=') {
          lexer.next();
          this.#values.read();
        }
        const { value, markers } = this.#values.builder.finish();
        const end = lexer.end;
        this.#values.expect(';');
        const property = new LiveProperty(name, value, markers, file, start, end);
        if (labels.length > 0) property.labels = labels;
        this.#addProperty(properties, children, property, labelStart);
        return;
      }
      default:
        this.#values.syntaxError();
    }
  }

  #addProperty(properties: LiveProperty[], children: readonly LiveNode[], property: LiveProperty, start: number): void {
    if (children.length > 0) {
      this.#values.problem(start, 'Properties must precede subnodes');
      this.#values.stop();
    }
    properties.push(property);
  }

  /** Names recur by the thousand: each is kept once. */
  #name(): string {
    if (this.#lexer.kind !== 'name') this.#values.syntaxError();
    const { text } = this.#lexer;
    this.#lexer.next();
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    this.#names.set(text, text);
    return text;
  }
}

/** The `reg` of the first cpu: what dtc puts into the header. */
function guessBootCpu(root: LiveNode): number {
  const value = findLive(root, '/cpus')?.children[0]?.property('reg')?.value;
  return value?.byteLength === 4 ? viewOf(value).getUint32(0) : 0;
}
