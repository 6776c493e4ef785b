<?php
$db = new PDO('sqlite:/var/lib/guestbook/visits.db');
$db->exec('CREATE TABLE IF NOT EXISTS visits (at INTEGER)');
$count = $db->query('SELECT COUNT(*) FROM visits')->fetchColumn();
$db->exec('INSERT INTO visits VALUES (' . time() . ')');
echo "<link rel=stylesheet href=/style.css><p>$count visits\n";
