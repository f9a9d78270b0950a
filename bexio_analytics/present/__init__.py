"""What a person sees: wording, formats, charts, tables, the return, findings and the widgets of the notebooks.

Components are functions from artefacts to markup, shown the same way live in Jupyter and in the exported page; nothing
here computes a figure of the return, and nothing loads from a network. Import from the modules: charts and widgets cost
half a second that a command without them need not spend.
"""
