import { viewOf } from '../binary/index.ts';
import { Fault, type Faults, isFault, type Message } from '../fault.ts';
import { Editor } from './edit.ts';
import type { NodeItem, PropertyItem } from './edit-items.ts';
import { latin1, latin1Bytes } from './latin1.ts';
import { deviceTreeMessage } from './messages.ts';
import { lookUp } from './path.ts';
import { isPhandle } from './source/phandles.ts';

type Kind = Faults['devicetree/overlay']['kind'];

/**
 * Applies an overlay to a blob that is being edited, with libfdt's semantics: phandles of the overlay move above those
 * of the base, references are resolved by `/__symbols__` of the base, then each fragment is merged into its target. A
 * node of the base keeps its phandle where the overlay has one for it too.
 * A failure leaves the base half changed: apply to a copy.
 *
 * @param overlay the bytes of a blob
 * @throws Fault `devicetree/overlay`, `devicetree/no-space`, and those of `readBlob`
 */
export function applyOverlay(base: Editor, overlay: Uint8Array): void {
  new Overlay(base, new Editor(overlay)).apply();
}

class Overlay {
  readonly #base: Editor;
  readonly #overlay: Editor;

  constructor(base: Editor, overlay: Editor) {
    this.#base = base;
    this.#overlay = overlay;
  }

  apply(): void {
    const delta = maxPhandle(this.#base.root);
    this.#movePhandles(this.#overlay.root, delta);
    const local = this.#overlay.root.childLoosely('__local_fixups__');
    if (local !== undefined) {
      this.#changeReferences(this.#overlay.root, local, (phandle) => (phandle + delta) >>> 0);
    }
    const fixups = this.#overlay.root.childLoosely('__fixups__');
    if (fixups !== undefined) this.#resolve(fixups);
    for (const fragment of this.#overlay.root.children()) this.#keepPhandles(fragment, local);
    for (const fragment of this.#overlay.root.children()) {
      const content = fragment.childLoosely('__overlay__');
      if (content !== undefined) this.#merge(this.#target(fragment), content);
    }
    this.#addSymbols();
  }

  #movePhandles(root: NodeItem, delta: number): void {
    for (const node of nodes(root)) {
      for (const name of ['phandle', 'linux,phandle']) {
        const property = node.property(name);
        if (property === undefined) continue;
        if (property.value.byteLength !== 4)
          throw wrong('bad-phandle', node, deviceTreeMessage('devicetree/phandle-size'));
        const moved = viewOf(property.value).getUint32(0) + delta;
        if (moved >= 0xffff_ffff) throw wrong('no-phandles', node, deviceTreeMessage('devicetree/phandles-used'));
        this.#overlay.setProperty(node, name, patched(property.value, 0, moved));
      }
    }
  }

  /** Changes every phandle of the overlay that refers to a node of the overlay. */
  #changeReferences(root: NodeItem, rootFixups: NodeItem, change: (phandle: number) => number): void {
    // The two trees have equal names; a list of pairs instead of recursion.
    const pairs: [node: NodeItem, fixups: NodeItem][] = [[root, rootFixups]];
    for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
      const [node, fixups] = pair;
      for (const { name, value } of fixups.properties()) {
        if (value.byteLength % 4 !== 0)
          throw wrong('bad-overlay', fixups, deviceTreeMessage('devicetree/fixup-cells', { name }));
        for (let i = 0; i < value.byteLength; i += 4)
          this.#changeReference(node, name, viewOf(value).getUint32(i), change);
      }
      for (const child of fixups.children()) {
        const target = node.childLoosely(child.name);
        if (target === undefined) throw wrong('not-found', child, deviceTreeMessage('devicetree/fixup-node'));
        pairs.push([target, child]);
      }
    }
  }

  #changeReference(node: NodeItem, name: string, offset: number, change: (phandle: number) => number): void {
    const property = needRoom(node, name, offset);
    const changed = change(viewOf(property.value).getUint32(offset));
    this.#overlay.setProperty(node, name, patched(property.value, offset, changed));
  }

  /** Writes the phandles of the base's nodes where `__fixups__` says that they are wanted. */
  #resolve(fixups: NodeItem): void {
    const symbols = this.#base.root.childLoosely('__symbols__');
    if (symbols === undefined) throw wrong('not-found', fixups, deviceTreeMessage('devicetree/no-symbols'));
    for (const { name: label, value } of fixups.properties()) {
      if (value.at(-1) !== 0)
        throw wrong('bad-overlay', fixups, deviceTreeMessage('devicetree/fixup-strings', { name: label }));
      for (const entry of latin1(value.subarray(0, -1)).split('\0')) this.#resolveOne(fixups, symbols, label, entry);
    }
  }

  #resolveOne(fixups: NodeItem, symbols: NodeItem, label: string, entry: string): void {
    const match = /^([^:]*):([^:]+):([0-9]+)$/.exec(entry);
    if (match === null) throw wrong('bad-overlay', fixups, deviceTreeMessage('devicetree/fixup-form', { entry }));
    const [, path = '', name = '', offset = ''] = match;
    const symbol = symbols.property(label);
    if (symbol === undefined) throw wrong('not-found', symbols, deviceTreeMessage('devicetree/no-label', { label }));
    const target = found(
      lookUp(this.#base.root, textOf(symbol.value)),
      symbols,
      deviceTreeMessage('devicetree/labelled-node', { label }),
    );
    const phandle = phandleOf(target);
    if (phandle === 0) throw wrong('not-found', target, deviceTreeMessage('devicetree/no-phandle'));
    const node = lookUp(this.#overlay.root, path);
    if (node === undefined) throw wrong('bad-overlay', fixups, deviceTreeMessage('devicetree/no-node', { path }));
    const place = found(node, fixups, deviceTreeMessage('devicetree/node-at', { path }));
    const property = needRoom(place, name, Number(offset));
    this.#overlay.setProperty(place, name, patched(property.value, Number(offset), phandle));
  }

  /** Gives the nodes of a fragment that the base has too the base's phandles, and changes the references to them. */
  #keepPhandles(fragment: NodeItem, local: NodeItem | undefined): void {
    const content = fragment.childLoosely('__overlay__');
    const target = content && this.#findTarget(fragment);
    if (content === undefined || target === undefined) return;
    const kept = new Map<number, number>();
    const pairs: [base: NodeItem, overlay: NodeItem][] = [[target, content]];
    for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
      const [base, overlay] = pair;
      const [wanted, own] = [phandleOf(base), phandleOf(overlay)];
      if (wanted !== 0 && own !== 0) {
        kept.set(own, wanted);
        this.#setPhandle(overlay, wanted);
      }
      for (const child of overlay.children()) {
        const known = base.childLoosely(child.name);
        if (known !== undefined) pairs.push([known, child]);
      }
    }
    if (local === undefined || kept.size === 0) return;
    this.#changeReferences(this.#overlay.root, local, (phandle) => kept.get(phandle) ?? phandle);
  }

  #setPhandle(node: NodeItem, phandle: number): void {
    for (const name of ['phandle', 'linux,phandle']) {
      const value = node.property(name)?.value;
      if (value?.byteLength === 4) this.#overlay.setProperty(node, name, patched(value, 0, phandle));
    }
  }

  /** The target of a fragment, where the base has it already: it may also be a node that the overlay brings. */
  #findTarget(fragment: NodeItem): NodeItem | undefined {
    try {
      return this.#target(fragment);
    } catch (error) {
      if (isFault(error, 'devicetree/overlay') && error.context.kind === 'not-found') return undefined;
      throw error;
    }
  }

  #target(fragment: NodeItem): NodeItem {
    const { root } = this.#base;
    const target = fragment.property('target')?.value;
    if (target !== undefined) {
      const phandle = target.byteLength === 4 ? viewOf(target).getUint32(0) : 0xffff_ffff;
      if (phandle === 0xffff_ffff) throw wrong('bad-phandle', fragment, deviceTreeMessage('devicetree/target-phandle'));
      if (phandle !== 0) {
        for (const node of nodes(root)) if (phandleOf(node) === phandle) return node;
        throw wrong('not-found', fragment, deviceTreeMessage('devicetree/phandle-unknown', { phandle }));
      }
    }
    const path = fragment.property('target-path')?.value;
    if (path === undefined) throw wrong('bad-overlay', fragment, deviceTreeMessage('devicetree/no-target'));
    return found(
      lookUp(root, textOf(path)),
      fragment,
      deviceTreeMessage('devicetree/target-at', { path: textOf(path) }),
    );
  }

  #merge(target: NodeItem, content: NodeItem): void {
    for (const { name, value } of content.properties()) this.#base.setProperty(target, name, value);
    for (const child of content.children()) {
      this.#merge(target.childLoosely(child.name) ?? this.#base.addNode(target, child.name), child);
    }
  }

  /** Adds the overlay's labels to those of the base, with paths in the base. */
  #addSymbols(): void {
    const { root } = this.#base;
    const added = this.#overlay.root.childLoosely('__symbols__');
    if (added === undefined) return;
    const symbols = root.childLoosely('__symbols__') ?? this.#base.addNode(root, '__symbols__');
    for (const { name, value } of added.properties()) {
      const match = /^\/([^/]+)\/__overlay__(?:\/(.*))?$/.exec(textOf(value));
      // A label of something outside the fragments does not become part of the base.
      if (match === null) continue;
      const fragment = this.#overlay.root.childLoosely(match[1]!);
      if (fragment?.childLoosely('__overlay__') === undefined) {
        throw wrong('bad-overlay', added, deviceTreeMessage('devicetree/no-fragment', { name }));
      }
      const path = this.#targetPath(fragment);
      this.#base.setProperty(symbols, name, latin1Bytes(`${path === '/' ? '' : path}/${match[2] ?? ''}\0`));
    }
  }

  /** The path of a fragment's target: as it is written there, or that of the node with its phandle. */
  #targetPath(fragment: NodeItem): string {
    const target = this.#target(fragment);
    const path = fragment.property('target-path')?.value;
    return fragment.property('target') === undefined && path !== undefined ? textOf(path) : target.path;
  }
}

function* nodes(root: NodeItem): Generator<NodeItem> {
  yield root;
  for (const child of root.children()) yield* nodes(child);
}

/** The phandle of a node, 0 where it has none. */
function phandleOf(node: NodeItem): number {
  const value = (node.property('phandle') ?? node.property('linux,phandle'))?.value;
  return value?.byteLength === 4 ? viewOf(value).getUint32(0) : 0;
}

function maxPhandle(root: NodeItem): number {
  let highest = 0;
  for (const node of nodes(root)) {
    const phandle = phandleOf(node);
    if (isPhandle(phandle)) highest = Math.max(highest, phandle);
  }
  return highest;
}

function needRoom(node: NodeItem, name: string, offset: number): PropertyItem {
  const property = node.property(name);
  if (property === undefined)
    throw wrong('bad-overlay', node, deviceTreeMessage('devicetree/fixup-property', { name }));
  if (offset + 4 > property.value.byteLength)
    throw wrong('bad-overlay', node, deviceTreeMessage('devicetree/fixup-short', { name }));
  return property;
}

function patched(value: Uint8Array, offset: number, cell: number): Uint8Array {
  const output = value.slice();
  viewOf(output).setUint32(offset, cell);
  return output;
}

function textOf(value: Uint8Array): string {
  const nul = value.indexOf(0);
  return latin1(value.subarray(0, nul < 0 ? undefined : nul));
}

function found(node: NodeItem | 'bad-path' | undefined, at: NodeItem, what: Message): NodeItem {
  if (node === 'bad-path') throw wrong('bad-path', at, deviceTreeMessage('devicetree/relative-path', { what }));
  if (node === undefined) throw wrong('not-found', at, deviceTreeMessage('devicetree/does-not-exist', { what }));
  return node;
}

const wrong = (kind: Kind, node: NodeItem, reason: Message): Fault =>
  new Fault('devicetree/overlay', { path: node.path, offset: 0, kind, reason });
