const express = require('express');
const sqlite3 = require('sqlite3');

const db = new sqlite3.Database(process.env.DATABASE || ':memory:');

const app = express();
app.get('/visits', (request, response, next) => {
  db.all('SELECT path, count(*) AS visits FROM visits GROUP BY path', (error, rows) => (error ? next(error) : response.json(rows)));
});
app.use((request, response, next) => {
  db.run('INSERT INTO visits VALUES (?)', [request.path], (error) => (error ? next(error) : response.send('hello\n')));
});

db.run('CREATE TABLE IF NOT EXISTS visits (path TEXT)', (error) => {
  if (error) throw error;
  app.listen(8080);
});
process.on('SIGTERM', () => process.exit(0));
