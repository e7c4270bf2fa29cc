import type { ObjectMeta } from '../../../api/generated/meta-v1.ts';

/** Whether claims that name no class get this one. */
export const isDefaultClass = ({ annotations }: ObjectMeta): boolean =>
  annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true' || annotations?.['storageclass.beta.kubernetes.io/is-default-class'] === 'true';
