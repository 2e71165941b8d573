from django.urls import include, path

from transactions.categories import views as category_views
from transactions.ledger import inline_views, quick_views, typing_views, views
from transactions.ledger.download import download
from transactions.search.views import filter_delete, filter_edit, filter_save
from transactions.splits import views as split_views
from transactions.tags import views as tag_views
from transactions.transfers import views as transfer_views

app_name = "transactions"
urlpatterns = [
    path("", views.transaction_list, name="list"),
    path("add/", views.add, name="add"),
    path("quick/", quick_views.quick_add, name="quick"),
    path("transfer/", views.transfer, name="transfer"),
    path("transfers/", transfer_views.possible_transfers, name="possible_transfers"),
    path("transfers/make/", transfer_views.make, name="transfer_make"),
    path("transfers/refuse/", transfer_views.refuse, name="transfer_refuse"),
    path("transfers/undo/", transfer_views.undo, name="transfer_undo"),
    path("suggest/", typing_views.suggest, name="suggest"),
    path("completions/", typing_views.completions, name="completions"),
    path("places/", typing_views.places, name="places"),
    path("download/", download, name="download"),
    path("filters/save/", filter_save, name="filter_save"),
    path("filters/<int:pk>/", filter_edit, name="filter_edit"),
    path("filters/<int:pk>/delete/", filter_delete, name="filter_delete"),
    path("<int:pk>/", views.edit, name="edit"),
    path("<int:pk>/inline/", inline_views.edit, name="inline"),
    path("<int:pk>/row/", inline_views.row, name="row"),
    path("<int:pk>/delete/", views.delete, name="delete"),
    path("<int:pk>/split/", split_views.split, name="split"),
    path("<int:pk>/join/", split_views.join, name="join"),
    path("split/rest/", split_views.rest, name="split_rest"),
    path("<int:pk>/transfer/", transfer_views.give_other_side, name="give_other_side"),
    path("bulk/", include("transactions.bulk.urls")),
    path("import/", include("transactions.importing.urls")),
    path("rules/", include("transactions.rules.urls")),
    path("checks/", include("transactions.reconciling.urls")),
    path("tags/", tag_views.tags, name="tags"),
    path("tags/add/", tag_views.tag_add, name="tag_add"),
    path("tags/<int:pk>/", tag_views.tag_edit, name="tag_edit"),
    path("tags/<int:pk>/merge/", tag_views.tag_merge, name="tag_merge"),
    path("tags/<int:pk>/delete/", tag_views.tag_delete, name="tag_delete"),
    path("categories/", category_views.categories, name="categories"),
    path("categories/defaults/", category_views.add_defaults, name="categories_defaults"),
    path("categories/quick/", category_views.category_quick, name="category_quick"),
    path("categories/add/", category_views.category_add, name="category_add"),
    path("categories/<int:pk>/", category_views.category_edit, name="category_edit"),
    path("categories/<int:pk>/delete/", category_views.category_delete, name="category_delete"),
    path("categories/<int:pk>/merge/", category_views.category_merge, name="category_merge"),
    path("categories/<int:pk>/archive/", category_views.category_archive, name="category_archive"),
    path("categories/<int:pk>/add/", category_views.subcategory_add, name="subcategory_add"),
    path("categories/sub/<int:pk>/", category_views.subcategory_edit, name="subcategory_edit"),
    path("categories/sub/<int:pk>/merge/", category_views.subcategory_merge, name="subcategory_merge"),
    path("categories/sub/<int:pk>/archive/", category_views.subcategory_archive, name="subcategory_archive"),
    path("categories/sub/<int:pk>/delete/", category_views.subcategory_delete, name="subcategory_delete"),
]
