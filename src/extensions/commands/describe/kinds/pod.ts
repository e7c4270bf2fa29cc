import type { Pod } from '../../../../api/generated/core-v1.ts';
import { pods } from '../../../../api/generated/resource-types.ts';
import { defineDescriber, type Section } from '../contract.ts';
import { searchEvents } from '../events.ts';
import { writeLabels } from '../page/multi-line.ts';
import { controllerText } from '../page/texts.ts';
import { localTime, since } from '../page/times.ts';
import { writeContainers, writeResources, writeSeccompProfile } from '../pods/containers.ts';
import { writeSpreadConstraints, writeTolerations } from '../pods/placement.ts';
import { qualityOfService } from '../pods/quality-of-service.ts';
import { writeSchedulingGroup } from '../pods/scheduling-group.ts';
import { writeVolumes } from '../pods/volumes.ts';
import { annotationsSection, field, fieldIfSet, labelsSection, nameSection, namespaceSection } from '../sections.ts';

const mirror = 'kubernetes.io/config.mirror';

const statusSection: Section<Pod> = (page, { metadata, status }, { now }) => {
  const isGoing = metadata.deletionTimestamp && status?.phase !== 'Failed' && status?.phase !== 'Succeeded';
  page.field(0, 'Status', isGoing ? `Terminating (lasts ${since(metadata.deletionTimestamp, now)})` : (status?.phase ?? ''));
  if (isGoing) page.field(0, 'Termination Grace Period', `${metadata.deletionGracePeriodSeconds ?? 0}s`);
};

const addressesSection: Section<Pod> = (page, { status }) => {
  page.field(0, 'IP', status?.podIP ?? '');
  if (!status?.podIPs?.length) return page.field(0, 'IPs', '<none>');
  page.line(0, 'IPs:');
  for (const { ip } of status.podIPs) page.field(1, 'IP', ip);
};

const containersSection: Section<Pod> = (page, pod) => {
  const { spec, status } = pod;
  if (spec?.initContainers?.length) writeContainers(page, 'Init Containers', { containers: spec.initContainers, statuses: status?.initContainerStatuses, pod });
  writeContainers(page, 'Containers', { containers: spec?.containers, statuses: status?.containerStatuses, pod });
  if (spec?.ephemeralContainers?.length)
    writeContainers(page, 'Ephemeral Containers', { containers: spec.ephemeralContainers, statuses: status?.ephemeralContainerStatuses, pod });
};

const conditionsSection: Section<Pod> = (page, { spec, status }) => {
  const conditions = status?.conditions ?? [];
  const write = (title: string, rows: readonly { readonly type: string; readonly status: string }[]): void => {
    if (rows.length === 0) return;
    page.write(0, `${title}:\n  Type\tStatus\n`);
    for (const row of rows) page.line(1, `${row.type} `, `${row.status} `);
  };
  write(
    'Readiness Gates',
    (spec?.readinessGates ?? []).map(({ conditionType }) => ({
      type: conditionType,
      status: conditions.find(({ type }) => type === conditionType)?.status ?? '<none>',
    })),
  );
  write('Conditions', conditions);
};

export const podDescriber = defineDescriber<Pod>({
  resources: [pods],
  sections: [
    nameSection,
    namespaceSection,
    fieldIfSet('Priority', ({ spec }) => spec?.priority),
    fieldIfSet('Priority Class Name', ({ spec }) => spec?.priorityClassName),
    fieldIfSet('Runtime Class Name', ({ spec }) => spec?.runtimeClassName),
    fieldIfSet('Service Account', ({ spec }) => spec?.serviceAccountName),
    field('Node', ({ spec, status }) => (spec?.nodeName ? `${spec.nodeName}/${status?.hostIP ?? ''}` : '<none>')),
    fieldIfSet('Start Time', ({ status }) => (status?.startTime ? localTime(status.startTime) : '')),
    labelsSection,
    annotationsSection,
    statusSection,
    fieldIfSet('Reason', ({ status }) => status?.reason),
    fieldIfSet('Message', ({ status }) => status?.message),
    (page, { spec }) => {
      const profile = spec?.securityContext?.seccompProfile;
      if (profile) writeSeccompProfile(page, profile, { level: 0, ofFile: 0 });
    },
    addressesSection,
    fieldIfSet('Controlled By', ({ metadata }) => controllerText(metadata)),
    fieldIfSet('NominatedNodeName', ({ status }) => status?.nominatedNodeName),
    (page, { spec }) => {
      if (!spec?.resources) return;
      page.line(0, 'Resources:');
      writeResources(page, spec.resources, 1);
    },
    containersSection,
    conditionsSection,
    (page, { spec }) => writeVolumes(page, spec?.volumes),
    field('QoS Class', qualityOfService),
    (page, { spec }) => writeLabels(page, 'Node-Selectors', spec?.nodeSelector),
    (page, { spec }) => writeTolerations(page, 'Tolerations', spec?.tolerations),
    (page, { spec }) => writeSpreadConstraints(page, spec?.topologySpreadConstraints),
    (page, { spec }) => writeSchedulingGroup(page, spec?.schedulingGroup),
  ],
  // The node agent tells of a static pod by the hash of its file.
  events: ({ metadata }, context) =>
    searchEvents(context, {
      name: metadata.name ?? '',
      namespace: metadata.namespace ?? '',
      uid: metadata.annotations?.[mirror] ?? metadata.uid ?? '',
    }),
});
