using Rondo.Mlflow.Filters;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Rules;

namespace Rondo.Tests.Tracking;

public sealed class FilterParserTests
{
    [Theory]
    [InlineData("metrics.rmse > 1", "Metric:rmse Greater 1")]
    [InlineData("metric.rmse>=-1.5e3", "Metric:rmse GreaterOrEqual -1500")]
    [InlineData("metrics.`f1 score` = .5", "Metric:f1 score Equal 0.5")]
    [InlineData("metrics.\"f1 score\" < 2", "Metric:f1 score Less 2")]
    [InlineData("params.depth = '3'", "Param:depth Equal '3'")]
    [InlineData("parameter.depth != \"3\"", "Param:depth NotEqual '3'")]
    [InlineData("parameters.depth like 'a%'", "Param:depth Like 'a%'")]
    [InlineData("tags.mlflow.source.name ILike 'X'", "Tag:mlflow.source.name ILike 'X'")]
    [InlineData("tag.`a.b c` IS NULL", "Tag:a.b c IsNull")]
    [InlineData("tag.a is not null", "Tag:a IsNotNull")]
    [InlineData("status = 'RUNNING'", "Attribute:status Equal 'RUNNING'")]
    [InlineData("attributes.run_id IN ('a', \"b\")", "Attribute:run_id In 'a','b'")]
    [InlineData("attr.run_id not in ('a')", "Attribute:run_id NotIn 'a'")]
    [InlineData("run.`Run name` = 'x'", "Attribute:run_name Equal 'x'")]
    [InlineData("`run name` = 'x'", "Attribute:run_name Equal 'x'")]
    [InlineData("Created < 5", "Attribute:start_time Less 5")]
    [InlineData("dataset.context = 'train'", "Dataset:context Equal 'train'")]
    [InlineData("params.name = 'O''Hara'", "Param:name Equal 'O'Hara'")]
    [InlineData(
        "params.a='1' AND params.b='2' and params.c='3'",
        "And(Param:a Equal '1' Param:b Equal '2' Param:c Equal '3')"
    )]
    [InlineData(
        "params.a='1' OR params.b='2' AND params.c='3'",
        "Or(Param:a Equal '1' And(Param:b Equal '2' Param:c Equal '3'))"
    )]
    [InlineData(
        "(params.a='1' OR params.b='2') AND params.c='3'",
        "And(Or(Param:a Equal '1' Param:b Equal '2') Param:c Equal '3')"
    )]
    [InlineData("NOT params.a='1' AND params.b='2'", "And(Not(Param:a Equal '1') Param:b Equal '2')")]
    [InlineData("not not (metrics.a in (1, 2.5))", "Not(Not(Metric:a In 1,2.5))")]
    [InlineData("params.android = 'order and more'", "Param:android Equal 'order and more'")]
    public void A_filter_is_read_as_it_is_meant(string filter, string tree) =>
        Assert.Equal(tree, Show(FilterParser.Parse(filter, TrackingVocabulary.Runs)!));

    [Theory]
    [InlineData("metrics.a > '1'", "number without quotes")]
    [InlineData("params.a = 1", "text in quotes")]
    [InlineData("params.a > '1'", "Invalid comparator")]
    [InlineData("metrics.a LIKE '1'", "Invalid comparator")]
    [InlineData("status IS NULL", "Invalid comparator")]
    [InlineData("foo.a = '1'", "'foo'")]
    [InlineData("colour = 'red'", "Invalid attribute key 'colour'")]
    [InlineData("dataset.size = 'x'", "no 'size'")]
    [InlineData("params.a = 'x", "quote")]
    [InlineData("params.a = 'x' params.b = 'y'", "character 16")]
    [InlineData("params.a = 'x';", "character 15")]
    [InlineData("params.a = 'x' AND", "comparison is missing")]
    [InlineData("(params.a = 'x'", "')' is expected")]
    [InlineData("params.a IN ()", "text in quotes")]
    [InlineData("params.a IN 'x'", "'(' is expected")]
    [InlineData("metrics. > 1", "name is missing")]
    [InlineData("metrics.a = 1abc", "number without quotes")]
    [InlineData("params.a NOT 'x'", "IN is expected")]
    [InlineData("params.a IS 'x'", "NULL is expected")]
    [InlineData("params.a", "comparison (=")]
    [InlineData("experiment_id = '1'", "Invalid attribute key")]
    public void A_wrong_filter_is_refused_with_what_is_wrong(string filter, string why)
    {
        var refusal = Assert.Throws<Refusal>(() => FilterParser.Parse(filter, TrackingVocabulary.Runs));
        Assert.Equal("INVALID_PARAMETER_VALUE", refusal.Code);
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Filters_without_bound_are_refused()
    {
        string[] endless =
        [
            new string('(', 10_000),
            string.Concat(Enumerable.Repeat("not ", 10_000)),
            string.Join(" or ", Enumerable.Repeat("params.a = 'x'", 201)),
            "run_id in (" + string.Join(',', Enumerable.Repeat("''", 10_001)) + ")",
            "params.a = '" + new string('x', 256 * 1024) + "'",
        ];
        foreach (var filter in endless)
        {
            Assert.Throws<Refusal>(() => FilterParser.Parse(filter, TrackingVocabulary.Runs));
        }
    }

    [Theory]
    [InlineData("metrics.rmse", "Metric:rmse asc")]
    [InlineData("metrics.`a b` DESC", "Metric:a b desc")]
    [InlineData("Created asc", "Attribute:start_time asc")]
    [InlineData("params.description", "Param:description asc")]
    public void An_item_of_an_order_is_read_as_it_is_meant(string item, string meaning)
    {
        var order = Assert.Single(FilterParser.ParseOrder([item], TrackingVocabulary.Runs));
        Assert.Equal(meaning, $"{order.Field.Entity}:{order.Field.Key} {(order.Ascending ? "asc" : "desc")}");
    }

    [Theory]
    [InlineData("metrics.a, metrics.b", "character 10")]
    [InlineData("metrics.a down", "ASC, DESC")]
    [InlineData("", "missing")]
    [InlineData("dataset.name", "datasets")]
    public void A_wrong_item_of_an_order_is_refused(string item, string why) =>
        Assert.Contains(
            why,
            Assert.Throws<Refusal>(() => FilterParser.ParseOrder([item], TrackingVocabulary.Runs)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void An_order_names_no_field_twice() =>
        Assert.Contains(
            "twice",
            Assert
                .Throws<Refusal>(() =>
                    FilterParser.ParseOrder(["start_time", "attribute.created DESC"], TrackingVocabulary.Runs)
                )
                .Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void An_empty_filter_is_none() => Assert.Null(FilterParser.Parse("  ", TrackingVocabulary.Runs));

    private static string Show(FilterNode node) =>
        node switch
        {
            FilterAnd and => $"And({string.Join(' ', and.Parts.Select(Show))})",
            FilterOr or => $"Or({string.Join(' ', or.Parts.Select(Show))})",
            FilterNot not => $"Not({Show(not.Part)})",
            FilterComparison c =>
                $"{c.Field.Entity}:{c.Field.Key} {c.Operator} {string.Join(',', c.Values.Select(v => v is string text ? $"'{text}'" : FormattableString.Invariant($"{v}")))}".TrimEnd(),
            _ => "?",
        };
}
