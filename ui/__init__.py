"""Pages, wall and map component: the only folder that imports streamlit and folium."""
