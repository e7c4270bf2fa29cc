/** A pod of about 3 KB once stored: what a Deployment of a small web service makes. `node` keeps schedulers and agents away from it. */
export const samplePod = (name: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      labels: { app: 'web', tier: 'front', 'pod-template-hash': '6c9f7d8b5' },
      annotations: { 'example.com/checksum': '6c9f7d8b5d1f4c3a2b1e0f9d8c7b6a5948372615', 'example.com/owner': 'platform-team@example.com' },
    },
    spec: {
      schedulerName: 'nobody',
      serviceAccountName: 'default',
      containers: ['web', 'metrics'].map((container, index) => ({
        name: container,
        image: `registry.example.com/team/${container}:1.2.3`,
        args: ['--config', '/etc/config/settings.yaml', '--verbose'],
        ports: [{ name: `port-${index}`, containerPort: 8080 + index, protocol: 'TCP' }],
        env: Array.from({ length: 6 }, (_, number) => ({ name: `SETTING_${number}`, value: `value-of-setting-${number}` })),
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
        volumeMounts: [{ name: 'config', mountPath: '/etc/config' }],
        readinessProbe: { httpGet: { path: '/healthz', port: 8080 + index }, periodSeconds: 10 },
      })),
      volumes: [{ name: 'config', configMap: { name: 'settings' } }],
    },
  });
