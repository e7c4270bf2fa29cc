import type { NodeSelectorRequirement, NodeSelectorTerm, PersistentVolume, VolumeNodeAffinity } from '../../../api/generated/core-v1.ts';
import type { CSINode } from '../../../api/generated/storage-v1.ts';
import { type InTreeDriver, inTreeDriverOf, isMigratedOn, isScheduledAsDriver } from './in-tree-drivers.ts';

const zoneLabel = 'topology.kubernetes.io/zone';
const regionLabel = 'topology.kubernetes.io/region';
const betaZoneLabel = 'failure-domain.beta.kubernetes.io/zone';
const betaRegionLabel = 'failure-domain.beta.kubernetes.io/region';

/**
 * Where a volume can be reached, in the words that a node understands: on a node whose drivers do the work of a former plugin, the driver's names for zones take
 * the place of Kubernetes'. Throws when the driver could not tell which volume is meant.
 */
export function affinityOn(nodeName: string, volume: PersistentVolume, csiNode: (name: string) => CSINode | undefined): VolumeNodeAffinity | undefined {
  const driver = inTreeDriverOf(volume.spec);
  const isMigrated = driver && isScheduledAsDriver(driver.plugin) && isMigratedOn(csiNode(nodeName), driver.plugin);
  return isMigrated ? translatedAffinity(volume, driver) : volume.spec.nodeAffinity;
}

function translatedAffinity(volume: PersistentVolume, driver: InTreeDriver): VolumeNodeAffinity | undefined {
  try {
    driver.handleOfVolume(volume);
  } catch (error) {
    throw new Error(`could not translate pv: ${(error as Error).message}`, { cause: error });
  }
  const { zoneKey } = driver;
  if (zoneKey === undefined) return volume.spec.nodeAffinity;
  const terms = volume.spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  const zone = zoneLabelOf(volume, terms);
  const isNamed = valuesOf(terms, zone).length > 0;
  const own = isNamed ? renamed(terms, zone, zoneKey) : withLabelZones(volume, terms, zone, zoneKey);
  const all = zone === betaZoneLabel && valuesOf(own, betaRegionLabel).length > 0 ? renamed(own, betaRegionLabel, regionLabel) : own;
  return all.length === 0 ? volume.spec.nodeAffinity : { required: { nodeSelectorTerms: [...all] } };
}

/** The label that the volume speaks of zones with: the present one unless it only knows the old. */
function zoneLabelOf({ metadata: { labels = {} } }: PersistentVolume, terms: readonly NodeSelectorTerm[]): string {
  const isIn = (key: string): boolean => terms.some(({ matchExpressions }) => matchExpressions?.some((expression) => expression.key === key));
  if (isIn(zoneLabel)) return zoneLabel;
  if (isIn(betaZoneLabel)) return betaZoneLabel;
  return labels[zoneLabel] === undefined && labels[betaZoneLabel] !== undefined ? betaZoneLabel : zoneLabel;
}

const valuesOf = (terms: readonly NodeSelectorTerm[], key: string): string[] =>
  terms.flatMap(({ matchExpressions = [] }) => matchExpressions.filter((expression) => expression.key === key).flatMap(({ values = [] }) => values));

const renamed = (terms: readonly NodeSelectorTerm[], from: string, to: string): NodeSelectorTerm[] =>
  terms.map((term) => ({ ...term, matchExpressions: (term.matchExpressions ?? []).map((each) => (each.key === from ? { ...each, key: to } : each)) }));

/** Volumes from before node affinity have their zones in a label. */
function withLabelZones(volume: PersistentVolume, terms: readonly NodeSelectorTerm[], label: string, key: string): readonly NodeSelectorTerm[] {
  const zones = (volume.metadata.labels?.[label] ?? '').split('__').flatMap((zone) => zone.trim() || []);
  if (zones.length === 0) return terms;
  const added: NodeSelectorRequirement = { key, operator: 'In', values: [...new Set(zones)].sort() };
  return (terms.length === 0 ? [{}] : terms).map((term: NodeSelectorTerm) => ({ ...term, matchExpressions: [...(term.matchExpressions ?? []), added] }));
}
