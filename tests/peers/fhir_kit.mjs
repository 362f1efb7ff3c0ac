// fhir-kit-client at the door: what it does with a patient, told as JSON.
import { Client } from 'fhir-kit-client';

const client = new Client({ baseUrl: process.env.BASE, bearerToken: process.env.TOKEN });
const told = {};
const patient = { resourceType: 'Patient', name: [{ family: 'Riva', given: ['Marco'] }], birthDate: '1971-05-02' };

told.software = (await client.capabilityStatement()).software.name;
const made = await client.create({ resourceType: 'Patient', body: patient });
told.created = made.meta.versionId;
told.read = (await client.read({ resourceType: 'Patient', id: made.id })).name[0].family;
const changed = await client.update({ resourceType: 'Patient', id: made.id, body: { ...made, active: true } });
told.updated = changed.meta.versionId;
const patched = await client.patch({
  resourceType: 'Patient', id: made.id, jsonPatch: [{ op: 'replace', path: '/active', value: false }],
});
told.patched = patched.active;
told.vread = (await client.vread({ resourceType: 'Patient', id: made.id, version: '1' })).active ?? null;
told.history = (await client.history({ resourceType: 'Patient', id: made.id })).entry.length;
let page = await client.search({ resourceType: 'Patient', searchParams: { _count: 2, _sort: 'birthdate' } });
told.total = page.total;
told.found = [];
while (page) {
  told.found.push(...page.entry.map((one) => one.resource.birthDate));
  page = await client.nextPage({ bundle: page });
}
const posted = await client.search({ resourceType: 'Patient', searchParams: { family: 'riva' }, options: { postSearch: true } });
told.posted = posted.entry.length;
const batch = await client.batch({
  body: { resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url: `Patient/${made.id}` } }] },
});
told.batch = batch.entry[0].response.status;
const both = await client.transaction({
  body: {
    resourceType: 'Bundle', type: 'transaction',
    entry: [{ fullUrl: 'urn:uuid:6f9b1f4e-5c0e-4a6a-9a59-000000000001', resource: patient, request: { method: 'POST', url: 'Patient' } }],
  },
});
told.transaction = both.entry[0].response.status;
const refused = async (ask) => {
  try { await ask(); } catch ({ response }) { return [response.status, response.data.issue[0].expression[0]]; }
};
const when = (version) => ({ headers: { 'If-Match': `W/"${version}"` } });
const last = { ...made, active: true };
told.late = await refused(() => client.update({ resourceType: 'Patient', id: made.id, body: last, options: when(1) }));
told.inTime = (await client.update({ resourceType: 'Patient', id: made.id, body: last, options: when(3) })).meta.versionId;
told.wrong = await refused(() => client.create({ resourceType: 'Patient', body: { ...patient, gender: 'f' } }));
await client.delete({ resourceType: 'Patient', id: made.id });
try {
  await client.read({ resourceType: 'Patient', id: made.id });
} catch (error) {
  told.gone = [error.response.status, error.response.data.resourceType];
}
const events = await client.history({ resourceType: 'Patient' });
told.typeHistory = events.entry.filter((one) => one.fullUrl.endsWith(made.id)).slice(0, 2).map((one) => one.request.method);
told.systemHistory = (await client.history()).entry.length >= events.entry.length;
console.log(JSON.stringify(told));
