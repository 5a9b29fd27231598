// <div data-map="id"> shows the territories, markers and routes of <script type="application/json" id="id">.
// No tiles are needed: territories are the backdrop. With `pick`, the point under the fixed pin is the answer.
import * as L from "leaflet";
import "leaflet/dist/leaflet.css";
import { icon, pageData, pageMeta, pageText } from "../page.ts";

type LatLng = [latitude: number, longitude: number];

/** What the server sends; WGS-84 degrees throughout. */
export interface MapData {
  territories?: { name: string; rings: LatLng[][] }[];
  markers?: { lat: number; lng: number; label: string; icon?: string; tone?: string; url?: string }[];
  routes?: { points: LatLng[]; tone?: string }[];
  center?: LatLng;
  zoom?: number;
  /** Ids of the two inputs that receive the picked point. */
  pick?: { lat: string; lng: string };
}

const CITY_ZOOM = 12;
const DOOR_ZOOM = 15;

function label(text: string): HTMLElement {
  const made = document.createElement("span");
  made.textContent = text;
  return made;
}

function addTerritories(layer: L.LayerGroup, data: MapData): void {
  for (const territory of data.territories ?? []) {
    L.polygon(territory.rings, { className: "map-territory", interactive: false })
      .bindTooltip(label(territory.name), { permanent: true, direction: "center", className: "map-territory-name" })
      .addTo(layer);
  }
}

function addMarkers(layer: L.LayerGroup, data: MapData): void {
  for (const marker of data.markers ?? []) {
    const html = document.createElement("span");
    html.className = `map-pin tone-${marker.tone ?? "progress"}`;
    html.append(icon(marker.icon ?? "map-pin"));
    const pin = L.marker([marker.lat, marker.lng], {
      icon: L.divIcon({ html, className: "map-pin-box", iconSize: [44, 44], iconAnchor: [22, 40] }),
      alt: marker.label,
      keyboard: true,
    });
    pin.bindTooltip(label(marker.label), { direction: "top", offset: [0, -36] });
    if (marker.url) pin.on("click keypress", () => location.assign(marker.url!));
    pin.addTo(layer);
    pin.getElement()?.setAttribute("aria-label", marker.label);
  }
}

function addRoutes(layer: L.LayerGroup, data: MapData): void {
  for (const route of data.routes ?? []) {
    L.polyline(route.points, { className: `map-route tone-${route.tone ?? "progress"}`, interactive: false }).addTo(layer);
  }
}

function draw(layer: L.LayerGroup, data: MapData): void {
  layer.clearLayers();
  addTerritories(layer, data);
  addRoutes(layer, data);
  addMarkers(layer, data);
}

function look(map: L.Map, data: MapData): void {
  const points: LatLng[] = [
    ...(data.markers ?? []).map((marker): LatLng => [marker.lat, marker.lng]),
    ...(data.routes ?? []).flatMap((route) => route.points),
  ];
  const wide = (data.territories ?? []).flatMap((territory) => territory.rings.flat());
  const shown = points.length ? points : wide;
  if (data.center) map.setView(data.center, data.zoom ?? CITY_ZOOM);
  else if (shown.length) map.fitBounds(L.latLngBounds(shown), { padding: [32, 32], maxZoom: DOOR_ZOOM });
  else map.setView([31.23, 121.47], CITY_ZOOM);
}

function zoomButtons(map: L.Map): void {
  L.control.zoom({ zoomInTitle: pageText("zoomIn"), zoomOutTitle: pageText("zoomOut") }).addTo(map);
}

function picking(map: L.Map, element: HTMLElement, ids: { lat: string; lng: string }): void {
  const pin = document.createElement("span");
  pin.className = "map-centre-pin";
  pin.append(icon("map-pin"));
  element.append(pin);
  const inputs = [ids.lat, ids.lng].map((id) => document.getElementById(id) as HTMLInputElement);
  const write = (): void => {
    const { lat, lng } = map.getCenter();
    [lat, lng].forEach((value, index) => (inputs[index]!.value = value.toFixed(6)));
    inputs[1]!.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const [lat, lng] = inputs.map((input) => Number.parseFloat(input.value));
  if (Number.isFinite(lat) && Number.isFinite(lng)) map.setView([lat!, lng!], DOOR_ZOOM);
  map.on("click", (event) => map.panTo(event.latlng));
  map.on("moveend", write);
  map.on("locationfound", (event) => map.setView(event.latlng, DOOR_ZOOM));
  const here = element.parentElement?.querySelector<HTMLElement>("[data-map-here]");
  here?.addEventListener("click", () => map.locate());
}

export function mount(element: HTMLElement): void {
  const id = element.dataset["map"] ?? "";
  let data = pageData<MapData>(id);
  if (!data) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(element, { zoomControl: false, attributionControl: false, zoomAnimation: !still, fadeAnimation: !still });
  zoomButtons(map);
  const tiles = pageMeta("tiles");
  if (tiles) L.tileLayer(tiles, { maxZoom: 19 }).addTo(map);
  look(map, data);
  const layer = L.layerGroup().addTo(map);
  draw(layer, data);
  if (data.pick) picking(map, element, data.pick);
  new ResizeObserver(() => map.invalidateSize()).observe(element);
  document.addEventListener("htmx:load", () => {
    const fresh = pageData<MapData>(id);
    if (!fresh || JSON.stringify(fresh) === JSON.stringify(data)) return;
    data = fresh;
    draw(layer, data);
  });
}
