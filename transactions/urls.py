from django.urls import include, path

from transactions import category_views, quick_views, views

app_name = "transactions"
urlpatterns = [
    path("", views.transaction_list, name="list"),
    path("add/", views.add, name="add"),
    path("quick/", quick_views.quick_add, name="quick"),
    path("transfer/", views.transfer, name="transfer"),
    path("suggest/", views.suggest, name="suggest"),
    path("<int:pk>/", views.edit, name="edit"),
    path("<int:pk>/delete/", views.delete, name="delete"),
    path("import/", include("transactions.importing.urls")),
    path("categories/", category_views.categories, name="categories"),
    path("categories/defaults/", category_views.add_defaults, name="categories_defaults"),
    path("categories/add/", category_views.category_add, name="category_add"),
    path("categories/<int:pk>/", category_views.category_edit, name="category_edit"),
    path("categories/<int:pk>/delete/", category_views.category_delete, name="category_delete"),
    path("categories/<int:pk>/add/", category_views.subcategory_add, name="subcategory_add"),
    path("categories/sub/<int:pk>/", category_views.subcategory_edit, name="subcategory_edit"),
    path("categories/sub/<int:pk>/delete/", category_views.subcategory_delete, name="subcategory_delete"),
]
