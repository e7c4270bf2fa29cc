import type { Volume } from '../../../../api/generated/core-v1.ts';
import { nestedPage, type Page } from '../page/page.ts';
import { writeClaim } from '../storage/claim.ts';
import { podSources, writeVolumeSource } from './volume-sources.ts';

/** The volumes of a pod. `indent`: that of a template. */
export function writeVolumes(page: Page, volumes: readonly Volume[] = [], indent = ''): void {
  if (volumes.length === 0) return page.line(0, `${indent}Volumes:`, '<none>');
  page.line(0, `${indent}Volumes:`);
  for (const volume of volumes) {
    page.line(1, `${indent === '' ? '' : ' '}${volume.name}:`);
    if (volume.ephemeral) writeEphemeral(page, volume.ephemeral);
    else writeVolumeSource(page, volume, podSources);
  }
}

function writeEphemeral(page: Page, { volumeClaimTemplate }: NonNullable<Volume['ephemeral']>): void {
  page.field(2, 'Type', 'EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)');
  if (!volumeClaimTemplate) return;
  const { metadata = {}, spec } = volumeClaimTemplate;
  writeClaim(nestedPage(page, 2), { metadata, spec, status: {} }, { now: 0, isWhole: false });
}
