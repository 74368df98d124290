export {
  type Anchor,
  type Check,
  type CheckKind,
  type CheckState,
  Decision,
  type NodeKind,
  type Standing,
  TrustGraph,
  type TrustNode,
  type TrustVerdict,
} from './graph.ts';
