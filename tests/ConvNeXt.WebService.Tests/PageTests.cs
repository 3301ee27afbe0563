using Microsoft.Playwright;

namespace ConvNeXt.Tests;

/// <summary>The page in a browser. CONVNEXT_SCREENSHOTS names a folder for pictures of it.</summary>
[TestClass]
[DoNotParallelize]
public sealed class PageTests
{
    private static readonly string[] _arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private static IPlaywright? _playwright;
    private static IBrowser? _browser;
    private static ServedApp? _app;

    private readonly List<string> _errors = [];

    [ClassInitialize]
    public static async Task StartAsync(TestContext _)
    {
        string[] places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
        if (Array.Find(places, File.Exists) is not { } program) return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = program, Args = _arguments });
        _app = await ServedApp.StartAsync(options => options.MaxImageBytes = 1_000_000);
    }

    [ClassCleanup]
    public static async Task StopAsync()
    {
        if (_browser is not null) await _browser.CloseAsync();
        _playwright?.Dispose();
        if (_app is not null) await _app.DisposeAsync();
    }

    private static string Photo => TestFolders.Data("golden", "preprocess", "photo5.jpg");

    [TestMethod]
    public async Task AnUploadedPicture_HasItsClassesWithBars_ItsHeatMap_AndAPlaceInTheGallery()
    {
        IPage page = await OpenAsync(1100, 800);
        await SaveAsync(page, "empty");
        await Assertions.Expect(page.Locator("#model")).ToContainTextAsync("across, disc, down");
        await page.Locator("#file").SetInputFilesAsync(Photo);
        await Assertions.Expect(page.Locator("#result")).ToBeVisibleAsync();
        string[] labels = [.. (await page.Locator("#classes .name").AllTextContentsAsync()).Order(StringComparer.Ordinal)];
        CollectionAssert.AreEqual(TestImages.Labels, labels);
        double value = await page.Locator("#classes .bar").First.EvaluateAsync<double>("bar => bar.value");
        Assert.IsTrue(value is > 0 and <= 1);
        await page.Locator("#show-heat").CheckAsync();
        await Assertions.Expect(page.Locator("#heat")).ToBeVisibleAsync();
        Assert.IsGreaterThan(0, await page.Locator("#heat").EvaluateAsync<int>("heat => heat.naturalWidth"));
        await page.Locator("#file").SetInputFilesAsync(FilePicture(0, "other.bmp"));
        await Assertions.Expect(page.Locator("#gallery button")).ToHaveCountAsync(2);
        await Assertions.Expect(page.Locator("#gallery button").First).ToHaveAttributeAsync("aria-current", "true");
        await page.Locator("#gallery button").Nth(1).ClickAsync();
        await Assertions.Expect(page.Locator("#gallery button").Nth(1)).ToHaveAttributeAsync("aria-current", "true");
        await Assertions.Expect(page.Locator("#heat")).ToBeVisibleAsync();
        await SaveAsync(page, "result");
        Assert.IsEmpty(_errors);
    }

    [TestMethod]
    public async Task ADroppedAndAPastedPicture_AreClassified()
    {
        IPage page = await OpenAsync(1100, 800);
        foreach (string type in (string[])["drop", "paste"])
        {
            await page.EvaluateAsync(
                """
                ([type, base64]) => {
                  const bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0));
                  const data = new DataTransfer();
                  data.items.add(new File([bytes], 'dropped.bmp', { type: 'image/bmp' }));
                  const init = { bubbles: true, cancelable: true };
                  document.body.dispatchEvent(type === 'drop'
                    ? new DragEvent('drop', { ...init, dataTransfer: data }) : new ClipboardEvent('paste', { ...init, clipboardData: data }));
                }
                """,
                new[] { type, Convert.ToBase64String(Pictures.Encoded[1]) });
            await Assertions.Expect(page.Locator("#gallery button")).ToHaveCountAsync(type == "drop" ? 1 : 2);
            await Assertions.Expect(page.Locator("#result")).ToBeVisibleAsync();
        }
        float[] scores = Pictures.First.Scores[1];
        await Assertions.Expect(page.Locator("#label")).ToHaveTextAsync(Pictures.First.Labels[Array.IndexOf(scores, scores.Max())]);
        Assert.IsEmpty(_errors);
    }

    [TestMethod]
    public async Task AFileThatIsNoPicture_ShowsTheReason_AndTheNextPictureWorks()
    {
        IPage page = await OpenAsync(1100, 800);
        await page.Locator("#file").SetInputFilesAsync(new FilePayload { Name = "notes.png", MimeType = "image/png", Buffer = Pictures.Broken });
        await Assertions.Expect(page.Locator("#error")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#reason")).ToContainTextAsync("cannot be read");
        await SaveAsync(page, "error");
        await page.Locator("#file").SetInputFilesAsync(FilePicture(0, "good.bmp"));
        await Assertions.Expect(page.Locator("#result")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#error")).ToBeHiddenAsync();
        await page.Locator("#file").SetInputFilesAsync(new FilePayload { Name = "large.png", MimeType = "image/png", Buffer = new byte[1_000_001] });
        await Assertions.Expect(page.Locator("#reason")).ToContainTextAsync("1,000,000");
    }

    [TestMethod]
    public async Task OnAPhone_NothingIsCutOff_AndThereIsTheCamera()
    {
        IPage page = await OpenAsync(360, 740, isPhone: true);
        await Assertions.Expect(page.Locator("#camera-button")).ToBeVisibleAsync();
        await SaveAsync(page, "phone-empty");
        await page.Locator("#camera").SetInputFilesAsync(Photo);
        await Assertions.Expect(page.Locator("#result")).ToBeVisibleAsync();
        await page.Locator("#show-heat").CheckAsync();
        await Assertions.Expect(page.Locator("#heat")).ToBeVisibleAsync();
        int width = await page.EvaluateAsync<int>("document.documentElement.scrollWidth");
        Assert.IsLessThanOrEqualTo(360, width);
        await SaveAsync(page, "phone-result");
        Assert.IsEmpty(_errors);
    }

    [TestMethod]
    public async Task ByKeyboard_EveryControlIsReached_AndTheGalleryIsUsed()
    {
        IPage page = await OpenAsync(1100, 800);
        await page.Locator("#file").SetInputFilesAsync(FilePicture(0, "first.bmp"));
        await Assertions.Expect(page.Locator("#gallery button")).ToHaveCountAsync(1);
        await page.Locator("#file").SetInputFilesAsync(FilePicture(1, "second.bmp"));
        await Assertions.Expect(page.Locator("#gallery button")).ToHaveCountAsync(2);
        await page.Locator("#file").FocusAsync();
        var reached = new List<string>();
        for (int i = 0; i < 6; i++)
        {
            reached.Add(await page.EvaluateAsync<string>("document.activeElement.id || document.activeElement.tagName + document.activeElement.ariaCurrent"));
            await page.Keyboard.PressAsync("Tab");
        }
        CollectionAssert.IsSubsetOf((string[])["file", "show-heat", "clear", "BUTTONtrue", "BUTTONfalse"], reached);
        await page.Locator("#gallery button").Nth(1).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#gallery button").Nth(1)).ToBeFocusedAsync();
        await Assertions.Expect(page.Locator("#gallery button").Nth(1)).ToHaveAttributeAsync("aria-current", "true");
        await page.Locator("#clear").PressAsync("Enter");
        await Assertions.Expect(page.Locator("#history")).ToBeHiddenAsync();
        Assert.IsEmpty(_errors);
    }

    private static FilePayload FilePicture(int picture, string name) => new() { Name = name, MimeType = "image/bmp", Buffer = Pictures.Encoded[picture] };

    private async Task<IPage> OpenAsync(int width, int height, bool isPhone = false)
    {
        if (_browser is null) Assert.Inconclusive("Skipped: needs Chromium (for example the package chromium of Debian).");
        IBrowserContext context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            DeviceScaleFactor = isPhone ? 2 : 1,
            IsMobile = isPhone,
            HasTouch = isPhone,
        });
        IPage page = await context.NewPageAsync();
        page.PageError += (_, error) => _errors.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && !message.Text.Contains("the server responded with a status", StringComparison.Ordinal)) _errors.Add(message.Text);
        };
        await page.GotoAsync(_app!.Address.AbsoluteUri);
        return page;
    }

    private static async Task SaveAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("CONVNEXT_SCREENSHOTS") is { Length: > 0 } folder)
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
    }
}
