"""The service and the studio: coloring over HTTP and WebSocket, and the page that artists draw on.

app.py         the application: routes, middleware, start and end
parts.py       what the routes work with
painting.py    models and canvases: the way to the colorizer
pictures.py    pictures and hints on their way in and out
scheduler.py   renders wait here: bounded, newest first per drawing, in batches
sessions.py    drawings that are open: their canvases, their sockets
store.py       drawings on disk: what was acknowledged survives a crash
guard.py       who may ask, how much, how long
problems.py    errors as clients see them
routes/        one noun a file
studio/        the static page
"""
