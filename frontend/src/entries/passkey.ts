// <form data-passkey="make|show" data-passkey-options="json id">: on submit the browser asks a device for a
// passkey, and its answer goes into the form's input “answer”. Bytes travel as base64url in both directions.
interface Descriptor {
  id: string;
  type: "public-key";
}

interface MakeOptions {
  challenge: string;
  user: { id: string; name: string; displayName: string };
  excludeCredentials?: Descriptor[];
}

interface ShowOptions {
  challenge: string;
  allowCredentials?: Descriptor[];
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer: ArrayBuffer | null): string {
  if (buffer === null) return "";
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function credentials(list: Descriptor[] | undefined): PublicKeyCredentialDescriptor[] {
  return (list ?? []).map((one) => ({ type: one.type, id: bytes(one.id) }));
}

async function made(options: MakeOptions): Promise<object> {
  const publicKey = {
    ...(options as unknown as PublicKeyCredentialCreationOptions),
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: credentials(options.excludeCredentials),
  };
  const key = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
  const response = key.response as AuthenticatorAttestationResponse;
  return {
    clientDataJSON: text(response.clientDataJSON),
    attestationObject: text(response.attestationObject),
    id: key.id,
  };
}

async function shown(options: ShowOptions): Promise<object> {
  const publicKey = {
    ...(options as unknown as PublicKeyCredentialRequestOptions),
    challenge: bytes(options.challenge),
    allowCredentials: credentials(options.allowCredentials),
  };
  const key = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
  const response = key.response as AuthenticatorAssertionResponse;
  return {
    clientDataJSON: text(response.clientDataJSON),
    authenticatorData: text(response.authenticatorData),
    signature: text(response.signature),
    userHandle: text(response.userHandle),
    id: key.id,
  };
}

async function answer(form: HTMLFormElement): Promise<string> {
  const source = document.getElementById(form.dataset["passkeyOptions"] ?? "")?.textContent ?? "{}";
  const isMaking = form.dataset["passkey"] === "make";
  const found = isMaking
    ? await made(JSON.parse(source) as MakeOptions)
    : await shown(JSON.parse(source) as ShowOptions);
  const { id, ...response } = found as { id: string };
  return JSON.stringify({ id, rawId: id, type: "public-key", response, clientExtensionResults: {} });
}

function say(form: HTMLFormElement, name: "refused" | "unsupported"): void {
  form.querySelectorAll<HTMLElement>("[data-passkey-says]").forEach((element) => {
    element.hidden = element.dataset["passkeySays"] !== name;
  });
}

export function mount(element: HTMLElement): void {
  const form = element as HTMLFormElement;
  if (!("PublicKeyCredential" in window)) {
    say(form, "unsupported");
    form.querySelector("button")?.setAttribute("disabled", "");
    return;
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answer(form).then(
      (found) => {
        (form.elements.namedItem("answer") as HTMLInputElement).value = found;
        form.submit();
      },
      () => say(form, "refused"),
    );
  });
}
