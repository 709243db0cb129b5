using Rondo.Mlflow.Text;

namespace Rondo.Tests.Tracking.Text;

public sealed class TextWordsTests
{
    [Theory]
    [InlineData("ResNet-50, batch_size=32", "resnet|50|batch|size|32")]
    [InlineData("Café déjà-vu: Ångström", "cafe|deja|vu|angstrom")]
    [InlineData("cafe\u0301 Straße Łódź", "cafe|strasse|lodz")]
    [InlineData("ΜΟΝΤΕΛΟ Модель", "μοντελο|модель")]
    [InlineData("学習率 0.01", "学|習|率|0|01")]
    [InlineData("한국어 모델", "한국어|모델")]
    [InlineData("!? --", "")]
    [InlineData("𝒳y\ud800z", "𝒳y|z")]
    public void A_text_is_taken_apart_as_people_look_for_it(string text, string words)
    {
        Assert.Equal(words, string.Join('|', TextWords.Of(text)));
    }

    [Fact]
    public void A_word_longer_than_is_kept_is_found_by_its_beginning_and_by_itself()
    {
        var long1 = new string('a', 500);
        Assert.Equal([new string('a', TextWords.WordCharsMax)], TextWords.Of(long1));
    }

    [Theory]
    [InlineData("The baseline of March\nwith dropout", "drop", "baseline of March with dropout")]
    [InlineData("Ein Café am Rand", "cafe", "Café")]
    [InlineData("nothing of it", "other", null)]
    public void An_excerpt_shows_the_word_in_its_place(string text, string start, string? shown)
    {
        var excerpt = TextExcerpt.Of(text, [start]);
        if (shown is null)
        {
            Assert.Null(excerpt);
        }
        else
        {
            Assert.Contains(shown, excerpt);
        }
    }

    [Fact]
    public void An_excerpt_of_a_long_text_is_short_and_begins_near_the_word()
    {
        var text = string.Join(' ', Enumerable.Range(0, 2000).Select(i => $"w{i}"));

        var excerpt = TextExcerpt.Of(text, ["w1500"])!;

        Assert.Contains("w1500", excerpt);
        Assert.InRange(excerpt.Length, 20, 110);
        Assert.StartsWith("… w", excerpt);
    }
}
