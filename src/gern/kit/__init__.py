"""What every room uses: access, formats, charts, exports, navigation, the erasure registry.

Layers: shell → rooms → kit → core.
"""
