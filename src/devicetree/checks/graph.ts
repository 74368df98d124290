import type { LiveNode } from '../source/live.ts';
import { isPhandle } from '../source/phandles.ts';
import type { CheckContext, TreeCheck } from './check.ts';
import { oneCell } from './values.ts';

/** Checks of graphs: ports with endpoints that refer to each other. */
export const graphChecks: readonly TreeCheck[] = [
  {
    name: 'graph_nodes',
    about: 'Endpoints lie in ports.',
    failing: '/ { endpoint { }; };',
    passing: '/ { port { endpoint { }; }; };',
    level: 'warning',
    run: findPorts,
  },
  {
    name: 'graph_child_address',
    about: "A port with a single endpoint has no '#address-cells'.",
    failing: '/ { port { #address-cells = <1>; #size-cells = <0>; endpoint@0 { reg = <0>; }; }; };',
    passing: '/ { port { endpoint { }; }; };',
    level: 'warning',
    needs: ['graph_nodes', 'graph_port', 'graph_endpoint'],
    run(node, { report, buses, cells }) {
      const bus = buses.get(node);
      if (bus !== 'graph-port' && bus !== 'graph-ports') return;
      const [first, ...more] = node.children;
      if (first === undefined || more.length > 0 || (oneCell(first.property('reg')) ?? 0) !== 0) return;
      if ((cells.get(node)?.address ?? -1) === -1) return;
      const what = `graph node has single child node '${first.name}'`;
      report(node, `${what}, #address-cells/#size-cells are not necessary`);
    },
  },
  {
    name: 'graph_port',
    about: 'A port of a graph is called port.',
    failing: '/ { a { endpoint { }; }; };',
    passing: '/ { port { endpoint { }; }; };',
    level: 'warning',
    needs: ['graph_nodes'],
    run(node, context) {
      if (context.buses.get(node) !== 'graph-port') return;
      checkReg(node, context);
      // The fragments of an overlay have names of their own.
      if (!context.plugin && node.baseName !== 'port') context.report(node, "graph port node name should be 'port'");
    },
  },
  {
    name: 'graph_endpoint',
    about: 'Endpoints are called endpoint, and two that are connected refer to each other.',
    failing: '/ { port { a: endpoint { remote-endpoint = <&b>; }; }; b { port { b: endpoint { }; }; }; };',
    passing:
      '/ { port { a: endpoint { remote-endpoint = <&b>; }; }; b { port { b: endpoint { remote-endpoint = <&a>; }; }; }; };',
    level: 'warning',
    needs: ['graph_nodes'],
    run: checkEndpoint,
  },
];

function findPorts(node: LiveNode, { report, buses }: CheckContext): void {
  const { parent } = node;
  const endpoints = node.children.filter(
    (child) => child.baseName === 'endpoint' || child.property('remote-endpoint') !== undefined,
  );
  if (endpoints.length === 0) return;
  if (parent === undefined) {
    for (const { name } of endpoints) {
      const what = `root node contains endpoint node '${name}'`;
      report(node, `${what}, potentially misplaced remote-endpoint property`);
    }
    return;
  }
  buses.set(node, 'graph-port');
  if (buses.has(parent)) return;
  if (parent.name === 'ports' || node.property('reg') !== undefined) buses.set(parent, 'graph-ports');
}

function checkReg(node: LiveNode, { report, cells }: CheckContext): void {
  const reg = node.property('reg');
  if (reg === undefined) return;
  const address = oneCell(reg);
  if (address === undefined) {
    report(node, "graph node malformed 'reg' property");
    return;
  }
  const expected = address.toString(16);
  if (node.unitName !== expected) report(node, `graph node unit address error, expected "${expected}"`);
  const parent = (node.parent && cells.get(node.parent)) ?? { address: -1, size: -1 };
  if (parent.address !== 1) {
    const found = node.property('#address-cells');
    report(node, `graph node '#address-cells' is ${parent.address}, must be 1`, found);
  }
  if (parent.size !== 0) {
    const found = node.property('#size-cells');
    report(node, `graph node '#size-cells' is ${parent.size}, must be 0`, found);
  }
}

function checkEndpoint(node: LiveNode, context: CheckContext): void {
  const { report, buses } = context;
  if (node.parent === undefined || buses.get(node.parent) !== 'graph-port') return;
  checkReg(node, context);
  if (context.plugin) return;
  if (node.baseName !== 'endpoint') report(node, "graph endpoint node name should be 'endpoint'");
  const remote = remoteOf(node, context);
  if (remote === undefined || remoteOf(remote, context) === node) return;
  report(node, `graph connection to node '${remote.path}' is not bidirectional`);
}

function remoteOf(endpoint: LiveNode, { report, phandles }: CheckContext): LiveNode | undefined {
  const property = endpoint.property('remote-endpoint');
  const phandle = oneCell(property);
  // No phandle yet: an overlay's reference to something outside.
  if (phandle === undefined || !isPhandle(phandle)) return undefined;
  const remote = phandles.node(phandle);
  if (remote === undefined) report(endpoint, 'graph phandle is not valid', property);
  return remote;
}
