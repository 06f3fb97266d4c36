/** The weather of a city. Faulty: forecast, air and warnings one after the other. Healthy: they are asked for by the station, which is asked for first. */
import { createServer } from 'node:http';
import { isFaulty, listen, neighbour } from '../../listen.ts';

async function ask(milliseconds: number, path: string): Promise<unknown> {
  const answer = await fetch(`${neighbour}/wait/${milliseconds}/${path}`);
  return answer.json();
}
const forecastOf = (city: string) => ask(18, `forecast/${city}`);
const airOf = (city: string) => ask(22, `air/${city}`);
const warningsOf = (city: string) => ask(15, `warnings/${city}`);
const stationOf = async (city: string) => encodeURIComponent(Object(await ask(12, `stations/${city}`)).path);

class WeatherPage {
  async render(city: string): Promise<string> {
    const forecast = await forecastOf(city);
    const air = await airOf(city);
    const warnings = await warningsOf(city);
    return JSON.stringify({ forecast, air, warnings });
  }
  async renderByStation(city: string): Promise<string> {
    const station = await stationOf(city);
    const [forecast, air, warnings] = await Promise.all([forecastOf(station), airOf(station), warningsOf(station)]);
    return JSON.stringify({ forecast, air, warnings });
  }
}

const page = new WeatherPage();
let city = 0;
listen(
  createServer(async (_request, response) => {
    city += 1;
    response.end(await (isFaulty ? page.render(`city${city}`) : page.renderByStation(`city${city}`)));
  }),
);
