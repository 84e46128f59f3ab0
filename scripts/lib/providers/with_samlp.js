// An identity provider in the shape of Entra, made of samlp, for the browser tests of single sign-on.
//
//     NODE_PATH=.../node_modules NODE_EXTRA_CA_CERTS=FOLDER/ca.pem node with_samlp.js FOLDER
//
// What is in FOLDER, and what is printed, is told in with_pysaml2.py. What is ours here is the pages; what is published, read and
// signed is samlp's.

"use strict";

const fs = require("fs");
const https = require("https");
const path = require("path");
const samlp = require("samlp");
const SessionParticipants = require("samlp/lib/sessionParticipants");
const { DOMParser } = require("@auth0/xmldom");

const folder = process.argv[2];
const read = (name) => fs.readFileSync(path.join(folder, name), "utf8");
const setup = JSON.parse(read("setup.json"));
const PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const signing = { issuer: setup.entity_id, cert: read("signing.pem"), key: read("signing-key.pem"), signatureAlgorithm: "rsa-sha256", digestAlgorithm: "sha256" };

// What samlp keeps of a browser, and who is being signed out: there is one at a time.
const session = {};
let leaving = new SessionParticipants([]);

// What the application publishes about itself.
async function application() {
  const answer = await fetch(setup.application);
  const xml = new DOMParser().parseFromString(await answer.text());
  const location = (name) => xml.getElementsByTagNameNS("urn:oasis:names:tc:SAML:2.0:metadata", name)[0].getAttribute("Location");
  return { acs: location("AssertionConsumerService"), logout: location("SingleLogoutService") };
}

function Profile(person) {
  if (!new.target) return new Profile(person);
  this.person = person;
}
Profile.prototype.metadata = Object.entries(setup.claims).map(([displayName, id]) => ({ id, displayName, optional: false }));
Profile.prototype.getClaims = function () {
  return Object.fromEntries(Object.entries(setup.claims).map(([name, claim]) => [claim, this.person[name]]));
};
Profile.prototype.getNameIdentifier = function () {
  return { nameIdentifier: this.person.name_id, nameIdentifierFormat: PERSISTENT };
};

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
const page = (heading, inner) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${heading}</title><link rel="icon" href="data:,"><h1>${heading}</h1>${inner}</html>`;

// Who is there to sign in: a button each.
function choice(fields) {
  const kept = ["SAMLRequest", "RelayState"].map((name) => `<input type="hidden" name="${name}" value="${escaped(fields[name])}">`);
  const buttons = setup.people.map((person, number) => `<button name="person" value="${number}">Continue as ${escaped(person.givenname)}</button>`);
  return page("Sign in to Contoso", `<form method="post">${kept.join("")}${buttons.join("")}</form>`);
}

const sessionIndex = (person) => `_${person.name_id}`;

// The page that posts a response to the application, as samlp makes it. The tile of the application, where no *Sign on URL* is known,
// posts one that the application did not ask for.
async function answer(request, response, next) {
  const person = setup.people[Number(request.body.person || request.query.person)];
  const { acs } = await application();
  const options = { ...signing, profileMapper: Profile, recipient: acs, destination: acs, lifetimeInSeconds: 4200, signResponse: person.signs_both };
  options.sessionIndex = sessionIndex(person);
  const isAsked = Boolean(request.body.SAMLRequest);
  if (!isAsked) options.audience = setup.application;
  options.getUserFromRequest = () => person;
  options.getPostURL = (audience, xml, _request, done) => {
    const asked = isAsked ? xml.documentElement.getAttribute("AssertionConsumerServiceURL") : acs;
    const isKnown = asked === acs && audience === setup.application;
    done(isKnown ? null : new Error(`${audience} publishes no ${asked}`), acs);
  };
  samlp.auth(options)(request, response, next);
}

// Sends the browser to the application with a signed request to log somebody out, or takes the answer to that.
async function signOut(request, response, next) {
  const person = setup.people[Number(request.query.person)];
  if (person) {
    const { logout } = await application();
    const where = { serviceProviderId: setup.application, serviceProviderLogoutURL: logout, binding: REDIRECT };
    leaving = new SessionParticipants([{ ...where, sessionIndex: sessionIndex(person), nameId: person.name_id, nameIdFormat: PERSISTENT }]);
  }
  samlp.logout({ ...signing, deflate: true, protocolBinding: REDIRECT, sessionParticipants: leaving })(request, response, next);
}

async function serve(request, response, next) {
  const is = (name) => request.path === setup[name];
  if (request.path === "/favicon.ico") {
    // what a browser asks for by itself, beside the page of samlp
    response.say(204, "");
  } else if (is("metadata_path")) {
    const paths = { redirectEndpointPath: setup.sign_in_path, postEndpointPath: setup.sign_in_path, logoutEndpointPaths: { redirect: setup.sign_out_path } };
    samlp.metadata({ ...signing, ...paths, profileMapper: Profile })(request, response);
  } else if (is("sign_in_path") && request.method === "GET") {
    samlp.parseRequest(request, (error) => (error ? next(error) : response.send(choice(request.query))));
  } else if (is("sign_in_path") || is("tile_path")) {
    await answer(request, response, next);
  } else if (is("sign_out_path")) {
    await signOut(request, response, next);
  } else {
    response.say(404, "not found");
  }
}

// What samlp knows of the framework that it is usually in.
function dress(request, response, text) {
  const url = new URL(request.url, `https://${request.headers.host}`);
  Object.assign(request, { path: url.pathname, protocol: "https", originalUrl: request.url, session });
  request.query = Object.fromEntries(url.searchParams);
  request.body = Object.fromEntries(new URLSearchParams(text));
  response.set = (name, value) => response.setHeader(name, value);
  response.say = (status, body) => {
    if (!response.hasHeader("Content-Type")) response.set("Content-Type", "text/html; charset=utf-8");
    response.writeHead(status).end(body);
  };
  // a status alone is what samlp says after a logout, and a status with the reason where it refuses
  response.send = (what, why) => {
    if (why) console.error(why);
    response.say(typeof what === "number" ? what : 200, what === 200 ? page("You are signed out of Contoso", "") : String(why || what));
  };
  response.redirect = (to) => response.writeHead(302, { Location: to }).end();
}

const tls = { cert: read("tls.pem"), key: read("tls-key.pem") };
const server = https.createServer(tls, async (request, response) => {
  const next = (error) => {
    console.error(error);
    response.say(500, String(error));
  };
  try {
    let text = "";
    for await (const part of request) text += part;
    dress(request, response, text);
    await serve(request, response, next);
  } catch (error) {
    next(error);
  }
});
server.listen(0, setup.listen, () => console.log(`listening on ${server.address().port}`));
