// @medplum/core's client at the door: what it does with a patient, told as JSON.
import './websocket.mjs';
import { MedplumClient } from '@medplum/core';

const base = new URL(process.env.BASE);
const client = new MedplumClient({ baseUrl: base.origin, fhirUrlPath: base.pathname.slice(1), fetch, cacheTime: 0 });
client.setAccessToken(process.env.TOKEN);
const told = {};
const patient = {
  resourceType: 'Patient', name: [{ family: 'Testa', given: ['Carla'] }], birthDate: '1969-11-30',
  identifier: [{ system: 'http://x.org/number', value: 'T-1' }],
};

const made = await client.createResourceIfNoneExist(patient, 'identifier=http://x.org/number|T-1');
const again = await client.createResourceIfNoneExist(patient, 'identifier=http://x.org/number|T-1');
told.same = made.id === again.id;
told.read = (await client.readResource('Patient', made.id)).name[0].family;
const changed = await client.updateResource({ ...made, active: true });
told.updated = changed.meta.versionId;
told.patched = (await client.patchResource('Patient', made.id, [{ op: 'remove', path: '/active' }])).active ?? null;
told.history = (await client.readHistory('Patient', made.id)).entry.length;
told.version = (await client.readVersion('Patient', made.id, '2')).active;
told.search = (await client.searchResources('Patient', 'family=testa')).length;
told.one = (await client.searchOne('Patient', { birthdate: '1969-11-30' })).id === made.id;
const upserted = await client.upsertResource({ ...patient, active: true }, 'identifier=http://x.org/number|T-1');
told.upserted = upserted.id === made.id && upserted.active;
const pages = [];
for await (const page of client.searchResourcePages('Patient', '_count=2&_sort=_id')) pages.push(page.length);
told.pages = pages;
told.everything = (await client.readPatientEverything(made.id)).entry.map((one) => one.resource.resourceType);
told.valid = (await client.validateResource(changed)).issue[0].severity;
const batch = await client.executeBatch({
  resourceType: 'Bundle', type: 'transaction',
  entry: [{ request: { method: 'PUT', url: `Patient/${made.id}` }, resource: { ...made, gender: 'female' } }],
});
told.batch = batch.entry[0].response.status;
const now = await client.readResource('Patient', made.id, { cache: 'reload' });
const refused = async (ask) => {
  try { await ask(); } catch ({ outcome }) { return [outcome.issue[0].code, outcome.issue[0].expression[0]]; }
};
const when = (version) => ({ headers: { 'If-Match': `W/"${version}"` } });
const before = Number(now.meta.versionId);
told.late = await refused(() => client.updateResource({ ...now, active: false }, when(1)));
const kept = await client.updateResource({ ...now, active: false }, when(before));
told.inTime = Number(kept.meta.versionId) === before + 1;
told.wrong = await refused(() => client.createResource({ resourceType: 'Patient', gender: 'f' }));
await client.deleteResource('Patient', made.id);
try {
  await client.readResource('Patient', made.id, { cache: 'reload' });
} catch (error) {
  told.gone = error.outcome.issue[0].code;
}
console.log(JSON.stringify(told));
